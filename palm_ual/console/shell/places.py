"""Where the prompt's own files are, by the XDG base directory specification.

Only a person's prompt asks: a one-liner, a script and a pipe read and write none of these files.
"""

import os
from collections.abc import Mapping

_CONFIG, _STATE = ("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state")


def config_file(environ: Mapping[str, str]) -> str | None:
    """Where the config is, if there is one; None where no place for it is known."""
    return _below(environ, *_CONFIG, "config.toml")


def history_file(environ: Mapping[str, str]) -> str | None:
    """Where the history is kept; None where no place for it is known."""
    return _below(environ, *_STATE, "history")


def startup_file(environ: Mapping[str, str]) -> str | None:
    """The statements to run first; None where there are none. What is there may still be unreadable."""
    path = _below(environ, *_CONFIG, "startup.ual")
    return path if path is not None and os.path.lexists(path) else None


def _below(environ: Mapping[str, str], variable: str, fallback: str, name: str) -> str | None:
    """A relative directory is passed over, as the specification asks; no user's directory, no place."""
    base = environ.get(variable, "")
    if not os.path.isabs(base):
        user = environ.get("HOME", "")
        if not os.path.isabs(user):
            return None
        base = os.path.join(user, fallback)
    return os.path.join(base, "ual", name)
