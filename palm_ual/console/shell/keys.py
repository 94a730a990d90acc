"""The keys of the shell in words, beside those that all of emacs' or vi's editors have; `bindings` binds them."""

from palm_ual.console.commands import CTRL_C, CTRL_D, ENTER, Entry

KEYS = (
    ENTER,
    Entry("Alt-Enter", "always opens another line"),
    Entry("Tab", "completes; the arrows choose, Enter takes what was chosen"),
    Entry("Right", "takes the grey suggestion from the history"),
    Entry("Ctrl-R", "searches the history; Up and Down go through it"),
    Entry("Ctrl-X Ctrl-E", "edits what was typed in your editor (VISUAL, EDITOR)"),
    CTRL_C,
    CTRL_D,
)
