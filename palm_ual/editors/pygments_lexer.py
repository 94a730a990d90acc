"""UAL for Pygments, and so for notebooks, documentation and whatever else colours text with it."""

from collections.abc import Iterator
from typing import ClassVar

from pygments.lexer import Lexer
from pygments.token import Comment, Error, Keyword, Name, Number, Punctuation, String, Whitespace, _TokenType
from typing_extensions import override

from palm_ual.lang.highlight import PieceKind, pieces

TOKENS: dict[PieceKind, _TokenType] = {
    "keyword": Keyword,
    "name": Name,
    "type": Name.Class,
    "number": Number,
    "duration": Number.Duration,
    "percent": Number.Percent,
    "text": String,
    "key": Name.Attribute,
    "sign": Punctuation,
    "comment": Comment,
    "backslash": Comment.Preproc,
    "error": Error,
}


class UalLexer(Lexer):
    """Colours words by what the parser takes them for, also in text with errors."""

    name = "UAL"
    url = "https://pypi.org/project/palm-ual/"
    aliases: ClassVar[list[str]] = ["ual"]
    filenames: ClassVar[list[str]] = ["*.ual"]
    mimetypes: ClassVar[list[str]] = ["text/x-ual"]
    version_added = ""

    @override
    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        done = 0
        for piece in pieces(text):
            if piece.start > done:
                yield done, Whitespace, text[done : piece.start]
            yield piece.start, TOKENS[piece.kind], text[piece.start : piece.end]
            done = piece.end
        if done < len(text):
            yield done, Whitespace, text[done:]
