"""What the editor shows while somebody types: colours, the place of a mistake, a ghost from the history."""

from collections.abc import Callable

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.lexers import Lexer
from typing_extensions import override

from palm_ual.console.completion.suggestions import ends_things
from palm_ual.console.shell.faults import Faults
from palm_ual.console.shell.history import ShellHistory
from palm_ual.lang.highlight import Piece, pieces, problem_in
from palm_ual.model.limits import COLOURED_CHARS_MAX

_SUGGESTED_FROM_MAX = 2_000
"""How many of the latest statements a ghost is looked for in."""


class Colours(Lexer):
    """Each piece of the text in its style; a very long text is left as it is."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    @override
    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines
        rows: list[StyleAndTextTuples] = []
        if len(document.text) <= COLOURED_CHARS_MAX:
            with self._faults.of("the colours"):
                rows = _rows(document.text, pieces(document.text))

        def line(number: int) -> StyleAndTextTuples:
            if number >= len(lines):
                return []
            return rows[number] if number < len(rows) else [("", lines[number])]

        return line


def _rows(text: str, found: list[Piece]) -> list[StyleAndTextTuples]:
    rows: list[StyleAndTextTuples] = [[]]

    def put(style: str, part: str) -> None:
        first, *others = part.split("\n")
        rows[-1].append((style, first))
        for other in others:
            rows.append([(style, other)])

    end = 0
    for piece in found:
        if piece.start > end:
            put("", text[end : piece.start])
        put(f"class:{piece.kind}", text[piece.start : piece.end])
        end = piece.end
    put("", text[end:])
    return rows


class Underlined(Processor):
    """Where the first mistake is, as soon as it is one."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._asked: tuple[str, int] | None = None
        self._found: tuple[int, int] | None = None

    @override
    def apply_transformation(self, ti: TransformationInput) -> Transformation:
        with self._faults.of("the underline of mistakes"):
            if (span := self._span(ti.document)) is not None:
                return self._underlined(ti, span)
        return Transformation(ti.fragments)

    def _underlined(self, ti: TransformationInput, span: tuple[int, int]) -> Transformation:
        start = ti.document.translate_row_col_to_index(ti.lineno, 0)
        first, last = span[0] - start, span[1] - start
        length = len(ti.document.lines[ti.lineno])
        if last <= 0 or first > length:
            return Transformation(ti.fragments)
        fragments = explode_text_fragments(ti.fragments)
        for at in range(max(0, first), min(last, len(fragments))):
            style, character, *_ = fragments[at]
            fragments[at] = (f"{style} class:problem ", character)
        return Transformation(fragments)

    def _span(self, document: Document) -> tuple[int, int] | None:
        if len(document.text) > COLOURED_CHARS_MAX:
            return None
        asked = document.text, document.cursor_position
        if asked != self._asked:
            self._asked, self._found = asked, problem_in(*asked)
        return self._found


class GhostShown(Processor):
    """The first line of the ghost behind what is typed; Right takes all of it."""

    @override
    def apply_transformation(self, ti: TransformationInput) -> Transformation:
        ghost = ti.buffer_control.buffer.suggestion
        if ghost is None or ti.lineno != ti.document.line_count - 1 or not ti.document.is_cursor_at_the_end:
            return Transformation(ti.fragments)
        first, more, _ = ghost.text.partition("\n")
        return Transformation([*ti.fragments, ("class:suggestion", first + (" ..." if more else ""))])


class Ghost(AutoSuggest):
    """The rest of the latest statement that began like this, unless it ends things."""

    def __init__(self, history: ShellHistory, faults: Faults) -> None:
        self._history = history
        self._faults = faults

    @override
    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        with self._faults.of("the suggestion from the history"):
            return self._found(document)
        return None

    def _found(self, document: Document) -> Suggestion | None:
        text = document.text
        if not text.strip() or len(text) > COLOURED_CHARS_MAX or not document.is_cursor_at_the_end:
            return None
        for line in reversed(self._history.get_strings()[-_SUGGESTED_FROM_MAX:]):
            if line.startswith(text) and line != text and not ends_things(line):
                return Suggestion(line[len(text) :])
        return None
