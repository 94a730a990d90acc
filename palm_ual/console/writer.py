"""Where everything that is said leaves the process: answers on standard output, errors and notes beside it."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from palm_ual.console.lines import Line, glyphs_for
from palm_ual.console.safe import is_safe, safe
from palm_ual.console.streams import Sink
from palm_ual.errors import FileFailed, PalmError

if TYPE_CHECKING:
    from palm_ual.console.documents import Documents
    from palm_ual.console.errors import SourceText
    from palm_ual.console.terminal import Painter, ProgressBar
    from palm_ual.console.ticks import Ticks
    from palm_ual.model.results import ResultEvent
    from palm_ual.service.session import OutputFormat

Outcome: TypeAlias = Literal["done", "failed", "interrupted", "accepted"]


class Output:
    """Shows events and errors in one format on a pair of streams.

    Every `show` is written before it returns, so that a reader sees what happens when it happens;
    events that happened together are shown together. A statement's answer keeps the format that it
    began in, whenever `format` is changed. Colour and moving pictures are for a standard output that
    is a terminal, without `NO_COLOR` and not `TERM=dumb`; standing pictures mind only the latter.
    """

    def __init__(
        self,
        out: TextIO | None,
        err: TextIO | None,
        environ: Mapping[str, str],
        *,
        format: "OutputFormat" = "text",
        ticks: "Ticks" = "some",
    ) -> None:
        self.format: OutputFormat = format
        self.ticks: Ticks = ticks
        self._out = Sink(out)
        self._err = Sink(err)
        self._err_stream = err
        self._environ = environ
        dumb = environ.get("TERM") == "dumb"
        self._glyphs = glyphs_for(self._out.encoding, pictures=not dumb)
        self._rich = self._out.terminal and not environ.get("NO_COLOR") and not dumb
        self._documents: dict[OutputFormat, Documents] = {}
        self._statement: Documents | None = None
        self._painter: Painter | None = None
        self._bar: ProgressBar | None = None
        self._said_before = False
        self._said_here = False

    @property
    def terminal(self) -> bool:
        """Whether a person reads the answers."""
        return self._out.terminal

    def follow_input(self) -> None:
        """Somebody has typed: what comes next stands apart from it."""
        self._said_here = True

    def start(self, statement: str) -> None:
        """A statement begins; text leaves a blank line between its lines and those of the last one."""
        self._said_before = self._said_before or self._said_here
        self._said_here = False
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

    def _show_text(self, events: Iterable["ResultEvent"]) -> None:
        from palm_ual.console.text import render

        columns = self._out.columns(self._environ)
        for event in events:
            self._put(render(event, ticks=self.ticks, width=columns, glyphs=self._glyphs))
            if self._rich and self._err.terminal:
                self._out.flush()  # the bar is drawn under the lines
                self._move_bar(event)

    def write(self, lines: Iterable[Line]) -> None:
        """Lines of text among the answers. Raises what `flush` raises."""
        self._put(lines)
        self._out.flush()

    def _put(self, lines: Iterable[Line]) -> None:
        text = self._drawn(lines, coloured=self._rich)
        if not text:
            return
        if self._bar:
            self._bar.hide()
        if self._said_before and not self._said_here:
            self._out.put("\n")
        self._said_here = True
        self._out.put(text)

    def end(self, outcome: Outcome) -> None:
        """The statement has ended. Raises what `flush` raises."""
        self._drop_bar()
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
        from palm_ual.console.errors import error_record, render_error

        if self.format == "text":
            glyphs = glyphs_for(self._err.encoding)
            columns = self._err.columns(self._environ)
            lines = render_error(error, source, glyphs, statement=statement, columns=columns)
            self._say(self._drawn(lines, coloured=self._rich))
        else:
            self._say_record(error_record(error, source, statement=statement))

    def note(self, text: str) -> None:
        """Something to know that is no error: on standard error."""
        if self.format == "text":
            self._say(self._drawn([(("note: ", "key"), (text, ""))], coloured=self._rich))
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
        self._err.put(text)
        # There is nowhere left to tell that telling failed; the exit status still does.
        with contextlib.suppress(BrokenPipeError, FileFailed):
            self._err.flush()

    def _say_record(self, record: Mapping[str, object]) -> None:
        from palm_ual.console.formats import json_text

        self._say(json_text(record, unicode=self._err.unicode) + "\n")

    def _drawn(self, lines: Iterable[Line], *, coloured: bool) -> str:
        """The one place where lines become text for a stream: nothing from outside gets past it raw."""
        if coloured:
            return self._terminal_painter().drawn([_cleaned(line) for line in lines])
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
            from palm_ual.console.documents import Documents

            self._documents[format] = Documents(format, unicode=self._out.unicode, pretty=self.terminal)
        return self._documents[format]

    def _terminal_painter(self) -> "Painter":
        if self._painter is None:
            from palm_ual.console.terminal import Painter

            self._painter = Painter(self._environ)
        return self._painter

    def _move_bar(self, event: "ResultEvent") -> None:
        from palm_ual.console.progress import progress_of

        step = progress_of(event)
        if step is None or self._err_stream is None:
            if self._bar:
                self._bar.show()
            return
        if step.done >= step.total:
            self._drop_bar()
            return
        if self._bar is None:
            from palm_ual.console.terminal import ProgressBar

            columns = self._err.columns(self._environ)
            self._bar = ProgressBar(self._err_stream, self._environ, columns)
        self._bar.move(step.done, step.total)

    def _drop_bar(self) -> None:
        if self._bar:
            self._bar.hide()
            self._bar = None


def _cleaned(line: Line) -> Line:
    return tuple([(safe(text, cell=True), style) for text, style in line])
