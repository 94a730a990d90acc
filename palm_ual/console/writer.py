"""Where everything that is said leaves the process: answers on standard output, errors and notes beside it."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TextIO

from palm_ual.console.lines.lines import Line, glyphs_for, text_of
from palm_ual.console.lines.safe import is_safe, safe, safe_line
from palm_ual.console.terminal.streams import Sink
from palm_ual.errors import FileFailed, PalmError

if TYPE_CHECKING:
    from palm_ual.console.documents.documents import Documents
    from palm_ual.console.lines.errors import SourceText
    from palm_ual.console.lines.ticks import Ticks
    from palm_ual.console.terminal.live import LiveArea
    from palm_ual.console.terminal.painter import Painter
    from palm_ual.console.terminal.palette import Palette
    from palm_ual.console.terminal.progress import ProgressBar
    from palm_ual.console.terminal.watch_screen import WatchScreen
    from palm_ual.model.events import Outcome
    from palm_ual.model.results import ResultEvent
    from palm_ual.service.session import OutputFormat


class Output:
    """Shows events and errors in one format on a pair of streams.

    Every `show` is written before it returns, so that a reader sees what happens when it happens;
    events that happened together are shown together. A statement's answer keeps the format that it
    began in, whenever `format` is changed. Colour and the bar of work under way are for a standard output
    that is a terminal, without `NO_COLOR` and not `TERM=dumb`; other pictures, also those that WATCH draws
    again in place, mind only the latter.
    """

    def __init__(
        self,
        out: TextIO | None,
        err: TextIO | None,
        environ: Mapping[str, str],
        *,
        format: "OutputFormat" = "text",
        ticks: "Ticks" = "some",
        palette: "Palette | None" = None,
    ) -> None:
        """Without a `palette` it is the one that suits `environ`."""
        self.format: OutputFormat = format
        self.ticks: Ticks = ticks
        self._out = Sink(out)
        self._err = Sink(err)
        self._environ = environ
        dumb = environ.get("TERM", "") in ("", "dumb")
        self._glyphs = glyphs_for(self._out.encoding, pictures=not dumb)
        self._moves = self._out.terminal and not dumb
        self._rich = self._moves and not environ.get("NO_COLOR")
        self._palette = palette
        self._documents: dict[OutputFormat, Documents] = {}
        self._statement: Documents | None = None
        self._painter: Painter | None = None
        self._bar: ProgressBar | None = None
        self._screen: WatchScreen | None = None
        self._said_before = False
        self._said_here = False

    @property
    def terminal(self) -> bool:
        """Whether a person reads the answers."""
        return self._out.terminal

    @property
    def moves(self) -> bool:
        """Whether the terminal of the answers can do more than take and show lines."""
        return self._moves

    def use_palette(self, palette: "Palette") -> None:
        """From now on it looks like this."""
        self._palette = palette
        self._painter = None

    def follow_input(self) -> None:
        """Somebody has typed: what comes next stands apart from it."""
        self._said_here = True

    def start(self, statement: str) -> None:
        """A statement begins; text leaves a blank line between its lines and those of the last one."""
        self._set_apart()
        self._statement = None if self.format == "text" else self._documents_in(self.format)
        if self._statement:
            self._statement.start(statement)

    def show(self, *events: "ResultEvent") -> None:
        """Show what happened, all of it in one write. Raises what `flush` raises."""
        if self._statement:
            self._out.put("".join([self._statement.show(event) for event in events]))
        else:
            self._show_text(events)
        self._out.flush()

    def check_reader(self) -> None:
        """Raises BrokenPipeError where nobody reads any more, though there is nothing to write."""
        self._out.check_reader()

    def _show_text(self, events: Iterable["ResultEvent"]) -> None:
        from palm_ual.console.lines.text import render

        columns = self._out.columns(self._environ)
        for event in events:
            if columns is not None and self._watch(event):
                continue
            self._put(render(event, ticks=self.ticks, width=columns, glyphs=self._glyphs))
            if self._rich and self._err.terminal:
                self._out.flush()  # the bar is drawn under the lines
                self._move_bar(event)

    def _watch(self, event: "ResultEvent") -> bool:
        """On a terminal: whether the event is a look of a WATCH that needs nothing more.

        It is drawn in place, or, where that cannot be, left out unless something has changed.
        """
        from palm_ual.model.results import Watched

        if not isinstance(event, Watched):
            return False
        if self._moves:
            self._watch_screen().show(event)
        elif event.changed:
            self._set_apart()
            return False
        return True

    def _watch_screen(self) -> "WatchScreen":
        if self._screen is None:
            from palm_ual.console.terminal.watch_screen import WatchScreen

            self._put_gap()
            self._screen = WatchScreen(
                self._live_area(self._out),
                lambda: self._out.size(self._environ),
                self._out.hush,
                self._glyphs,
                self.ticks,
            )
        return self._screen

    def _live_area(self, sink: Sink) -> "LiveArea":
        from palm_ual.console.terminal.live import LiveArea, reflows

        return LiveArea(
            lambda text: self._send(sink, text),
            lambda: sink.size(self._environ),
            paint=self._terminal_painter().line if self._rich else text_of,
            mark=self._glyphs.cut,
            reflows=reflows(self._environ),
        )

    def _send(self, sink: Sink, text: str) -> None:
        sink.put(text)
        # A bar that cannot be drawn is no reason to stop the work that it tells of.
        with contextlib.suppress(*((BrokenPipeError, FileFailed) if sink is self._err else ())):
            sink.flush()

    def _leave_picture(self) -> None:
        """The last one stays; what is said next stands under it."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None

    def write(self, lines: Iterable[Line]) -> None:
        """Lines of text among the answers. Raises what `flush` raises."""
        self._put(lines)
        self._out.flush()

    def _put(self, lines: Iterable[Line]) -> None:
        text = self._drawn(lines, coloured=self._rich, columns=self._out.columns(self._environ))
        if not text:
            return
        self._leave_picture()
        self._put_gap()
        self._out.put(text)

    def _put_gap(self) -> None:
        """What is said stands apart from what another statement has said."""
        if self._bar:
            self._bar.hide()
        if self._said_before and not self._said_here:
            self._out.put("\n")
        self._said_here = True

    def _set_apart(self) -> None:
        self._said_before = self._said_before or self._said_here
        self._said_here = False

    def end(self, outcome: "Outcome") -> None:
        """The statement has ended. Raises what `flush` raises."""
        self._drop_bar()
        self._leave_picture()
        if self._statement:
            self._out.put(self._statement.end(outcome))
            self._statement = None
        self._out.flush()

    def error(
        self,
        error: PalmError,
        source: "SourceText | None" = None,
        *,
        statement: tuple[int, int] | None = None,
    ) -> None:
        """Say it on standard error, after all answers so far; see `render_error` for what the places mean."""
        from palm_ual.console.lines.errors import error_record, render_error

        if self.format == "text":
            glyphs = glyphs_for(self._err.encoding)
            columns = self._err.columns(self._environ)
            lines = render_error(error, source, glyphs, statement=statement, columns=columns)
            self._say(self._drawn(lines, coloured=self._rich and self._err.terminal, columns=columns))
        else:
            self._say_record(error_record(error, source, statement=statement))

    def note(self, text: str) -> None:
        """Something to know that is no error: on standard error."""
        if self.format == "text":
            columns = self._err.columns(self._environ)
            lines: list[Line] = [(("note: ", "key"), (text, ""))]
            self._say(self._drawn(lines, coloured=self._rich and self._err.terminal, columns=columns))
        else:
            self._say_record({"note": text})

    def flush(self) -> None:
        """Write what is still to be written of the answers.

        Raises:
            BrokenPipeError: nobody reads any more.
            FileFailed: they cannot be written. What the statements did stands.
        """
        self._out.flush()

    def _say(self, text: str) -> None:
        self._drop_bar()
        self._leave_picture()
        self._err.put(text)
        # There is nowhere left to tell that telling failed; the exit status still does.
        with contextlib.suppress(BrokenPipeError, FileFailed):
            self._err.flush()

    def _say_record(self, record: Mapping[str, object]) -> None:
        from palm_ual.console.documents.formats import json_text

        self._say(json_text(record, unicode=self._err.unicode) + "\n")

    def _drawn(self, lines: Iterable[Line], *, coloured: bool, columns: int | None) -> str:
        """The one place where lines become text for a stream: nothing from outside gets past it raw, and
        nothing is wider than a terminal of so many columns.
        """
        if columns is not None:
            from palm_ual.console.lines.wrap import wrapped

            lines = [part for line in lines for part in wrapped(safe_line(line), columns)]
        if coloured:
            return self._terminal_painter().drawn([safe_line(line) for line in lines])
        texts = ["".join([text for text, _ in line]) for line in lines]
        if not texts:
            return ""
        whole = "\n".join(texts) + "\n"
        if is_safe(whole) and whole.count("\n") == len(texts):
            return whole
        return "".join([safe(text, cell=True) + "\n" for text in texts])

    def _documents_in(self, format: "OutputFormat") -> "Documents":
        """Those of one format know what was written in it before."""
        if format not in self._documents:
            from palm_ual.console.documents.documents import Documents

            self._documents[format] = Documents(format, unicode=self._out.unicode, pretty=self.terminal)
        return self._documents[format]

    def _terminal_painter(self) -> "Painter":
        if self._painter is None:
            from palm_ual.console.terminal.painter import Painter
            from palm_ual.console.terminal.palette import palette_for

            self._painter = Painter(self._environ, self._palette or palette_for("auto", self._environ))
        return self._painter

    def _move_bar(self, event: "ResultEvent") -> None:
        from palm_ual.console.terminal.progress import ProgressBar, progress_of

        step = progress_of(event)
        if step is None:
            if self._bar:
                self._bar.show()
        elif step.done >= step.total:
            self._drop_bar()
        else:
            if self._bar is None:
                self._bar = ProgressBar(self._live_area(self._err), glyphs_for(self._err.encoding))
            self._bar.move(step)

    def _drop_bar(self) -> None:
        if self._bar:
            self._bar.hide()
            self._bar = None
