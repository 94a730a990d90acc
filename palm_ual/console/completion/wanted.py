"""What is wanted at the end of a text: found from the grammar, without the fleet."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from palm_ual.lang.boundaries import command_lines, last_start
from palm_ual.lang.expect import COMPARISONS, Awaited, Ending, Kind, ending_of
from palm_ual.lang.machine import Token
from palm_ual.lang.places import meaning_of
from palm_ual.lang.statements import Listing
from palm_ual.model.limits import COMPLETION_CHARS_MAX
from palm_ual.service.names import ConfigOwner

Table: TypeAlias = Listing | Literal["PALM", "FLEET", "BALANCE"]
"""Answers with fields that WHERE, ORDER BY and UNTIL may name."""


class Wanted(Struct, frozen=True):
    """What may stand at the end of a text, and what has to be known to say it in full."""

    start: int
    """Where the word being written begins; the end of the text if there is none."""
    word: str = ""
    """The word being written, with its opening quote if it has one."""
    kinds: frozenset[Kind] = frozenset()
    clauses: frozenset[str] = frozenset()
    """Keywords that go on with the statement."""
    starters: frozenset[str] = frozenset()
    """Keywords that begin another statement, where one would begin it."""
    follows: bool = False
    """Whether what stands before it ends without a blank, so that a keyword needs one."""
    begins: bool = False
    """Whether a sign may begin here what `kinds` says: the `{` of a config."""
    table: Table | None = None
    """Whose fields, or values of fields, are wanted."""
    field: str | None = None
    """The field whose values are wanted."""
    setting: str | None = None
    """The setting whose values are wanted; "" where its `=` is."""
    config: ConfigOwner | None = None
    """Whose config fields are wanted: ask the fleet for `config_of(palm, wanted.config)`."""
    in_labels: bool = False
    """Whether the key or value is one of LABELS."""
    key: str | None = None
    """The key of WITH or LABELS whose values are wanted."""
    given: frozenset[str] = frozenset()
    """Keys that the object already has."""
    directory: str | None = None
    """The directory whose files are wanted: `files_in(wanted.directory)`; "" is the working directory."""
    known: bool = False
    """Whether names of the fleet are wanted: `known_names(palm)`."""
    command: bool = False
    r"""Whether the word is the shell's own (`\e`)."""


_TABLES: dict[str, Table] = {
    **{listing: listing for listing in get_args(Listing)},
    **{"PALM": "PALM", "STATUS": "PALM", "FLEET": "FLEET", "BALANCE": "BALANCE"},
}
"""By the first of its keywords."""
_NAMES: frozenset[Kind] = frozenset(
    {"deployment", "agent", "deployment_or_agent", "described", "account", "agent_type", "field", "value"}
)
_NEED_A_BLANK = ("}", ")", "]", '"', "'", ";")
_NOISE = frozenset({"DEPLOYMENT", "SPEC", "AGENT", "INSTANCE"})
_TAKES_A_TYPE = frozenset({"DEPLOY", "CREATE"})
_TAKES_A_CONFIG = frozenset({"DEPLOY", "CREATE", "UPDATE", "MAINTAIN"})


def wanted_at(text: str) -> Wanted:
    """What is wanted at the end of the text (pass what stands before the cursor).

    Reads from the beginning of the last statement only, so earlier ones cost next to nothing and may be wrong.
    """
    cut = _cut(text)
    own = command_lines(text[cut:])
    if own and cut + own[-1][1] == len(text):
        return _command(text, cut + own[-1][0])
    begin = cut + (own[-1][1] if own else 0)
    begin += last_start(text[begin:])
    ending = ending_of(text[begin:])
    if ending.next is None or "\n" in ending.word:
        return Wanted(len(text))
    follows = not ending.word and text[-1:] in _NEED_A_BLANK
    place = Wanted(begin + len(ending.head), ending.word, follows=follows)
    return _Place(ending, ending.next).wanted(place)


def _cut(text: str) -> int:
    """Where to begin in a text that is too long to look at all of it: at a line."""
    if len(text) <= COMPLETION_CHARS_MAX:
        return 0
    first = len(text) - COMPLETION_CHARS_MAX
    line = text.find("\n", first)
    return first if line < 0 else line + 1


def _command(text: str, start: int) -> Wanted:
    start = text.index("\\", start)
    word = text[start:]
    return Wanted(len(text)) if " " in word or "\t" in word else Wanted(start, word, command=True)


class _Place:
    """Where the last statement of a text has come to."""

    def __init__(self, ending: Ending, what: Awaited) -> None:
        self._head, self._word, self._next = ending.head, ending.word, what
        self._tokens: Sequence[Token] = ending.trace.tokens[ending.trace.statement :]
        self._kinds = [token.kind for token in self._tokens]

    def wanted(self, place: Wanted) -> Wanted:
        kinds = self._next.kinds
        if "topic" in kinds:
            return replace(place, kinds=frozenset[Kind]({"topic"}))
        config, in_labels, key, given = self._in_object()
        wanted = replace(
            place,
            kinds=kinds,
            clauses=self._next.clauses,
            starters=self._starters(),
            begins=bool(kinds & {"config", "labels"}) and not self._word,
            table=self._table() if kinds & {"field", "value"} else None,
            field=self._field() if "value" in kinds else None,
            setting=self._setting(),
            config=config,
            in_labels=in_labels,
            key=key,
            given=given,
            directory=_directory(self._word) if "file" in kinds else None,
        )
        return replace(wanted, known=bool(kinds & _NAMES) or in_labels or key == "service")

    def _starters(self) -> frozenset[str]:
        """Behind a whole statement on its own line another may begin, and that is rarely meant before it is typed."""
        begun = not self._tokens or self._head.rstrip(" \t").endswith((";", "\n"))
        return self._next.keywords - self._next.clauses if begun or self._word else frozenset()

    def _text(self, index: int) -> str:
        """What a name, key or text of the statement means."""
        return meaning_of(self._head, self._tokens[index])

    def _table(self) -> Table | None:
        return next((_TABLES[kind] for kind in self._kinds if kind in _TABLES), None)

    def _field(self) -> str | None:
        """The field left of a comparison, or of the IN that a list belongs to."""
        kinds = self._kinds
        if kinds[-1] in COMPARISONS and len(kinds) > 1:
            return self._text(-2)
        if kinds[-1] in ("LPAR", "COMMA") and "IN" in kinds:
            at = len(kinds) - 1 - kinds[::-1].index("IN")
            return self._text(at - 1) if at else None
        return None

    def _setting(self) -> str | None:
        if len(self._kinds) < 2 or self._kinds[0] != "SET":
            return None
        if "value" in self._next.kinds:
            return self._text(1)
        return "" if "EQUAL" in self._next.signs else None

    def _in_object(self) -> tuple[ConfigOwner | None, bool, str | None, frozenset[str]]:
        """Whose config this is, whether it is LABELS instead, the key whose value is due, and the keys so far."""
        if not self._next.kinds & {"key", "json"}:
            return None, False, None, frozenset()
        opened: list[int] = []
        for index, kind in enumerate(self._kinds):
            if kind in ("LBRACE", "LSQB"):
                opened.append(index)
            elif kind in ("RBRACE", "RSQB"):
                opened.pop()
        before = self._kinds[opened[0] - 1] if opened and opened[0] else ""
        if len(opened) != 1:
            return None, False, None, frozenset()
        keys = [i for i in range(opened[0], len(self._kinds) - 1) if self._kinds[i + 1] == "COLON"]
        given = frozenset(self._text(index) for index in keys)
        key = self._text(-2) if self._kinds[-1] == "COLON" else None
        owner = self._owner() if before != "LABELS" else None
        return owner, before == "LABELS", key, given

    def _owner(self) -> ConfigOwner | None:
        """The type or deployment whose config is being written."""
        verb = next((i for i, kind in enumerate(self._kinds) if kind in _TAKES_A_CONFIG), None)
        if verb is None:
            return None
        named = next((i for i in range(verb + 1, len(self._kinds)) if self._kinds[i] not in _NOISE), None)
        if named is None:
            return None
        return ConfigOwner("type" if self._kinds[verb] in _TAKES_A_TYPE else "deployment", self._text(named))


def _directory(word: str) -> str:
    """The directory in a path that is being written, up to its last slash."""
    return word[1:].rpartition("/")[0] + "/" if "/" in word and word[:1] in "\"'" else ""
