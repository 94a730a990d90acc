"""The prompt's config: a TOML file of one level, checked key by key.

Whatever is wrong in it is said, and the prompt comes up all the same: whoever is called at night must not
have to mend a file first.
"""

import contextlib
import os
import stat
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec

from palm_ual.console.lines.errors import SourceText
from palm_ual.console.terminal.palette import Theme
from palm_ual.errors import FileFailed, InvalidValue, LimitExceeded, PalmError, UnknownKey
from palm_ual.lang.literals import shown
from palm_ual.model.limits import HISTORY_DEFAULT, HISTORY_MAX, SHELL_CONFIG_BYTES_MAX
from palm_ual.model.nearest import did_you_mean
from palm_ual.service.session import NOTICES, Notices, either

Keys: TypeAlias = Literal["emacs", "vi"]
_SAID_MAX = 5
"""How many mistakes of one file are shown: nobody reads more above a prompt."""
_HINT = "the rest of the file counts; ual --no-rc starts without it"


class Config(msgspec.Struct, frozen=True):
    """What the file may say; the defaults are what an operator without one gets."""

    keys: Keys = "emacs"
    theme: Theme = "auto"
    bar: bool = True
    notices: Notices = NOTICES[0]
    history: int = HISTORY_DEFAULT
    """Texts that are kept on disk; with 0 none is read or written."""
    suggest: bool = True
    timing: bool = False


class Loaded(msgspec.Struct, frozen=True):
    """A config, and what is wrong in its file: each error has its span in `source`, where there is one."""

    config: Config
    errors: tuple[PalmError, ...] = ()
    source: SourceText | None = None


class _Key(msgspec.Struct, frozen=True):
    """What a key of the file takes, for the check and in words."""

    kind: Any
    meaning: str
    words: tuple[str, ...] = ()
    """The words that it may be."""
    value: str = ""
    """What else it may be, in words."""

    @property
    def allowed(self) -> str:
        """All that it may be, as the file has it."""
        written = self.words if self.kind is bool else [f'"{word}"' for word in self.words]
        return self.value or either(written)


def _switch(meaning: str) -> _Key:
    return _Key(bool, meaning, ("true", "false"))


def _one_of(kind: Any, meaning: str) -> _Key:  # noqa: ANN401 - a Literal
    return _Key(kind, meaning, get_args(kind))


_KEYS = {
    "keys": _one_of(Keys, "whose keys edit"),
    "theme": _one_of(Theme, "for what background the colours are; plain has none, auto goes by COLORFGBG"),
    "bar": _switch("a line under the prompt says how the fleet is"),
    "notices": _one_of(
        Notices, "say what turns unhealthy while you type: with a bell, without, or not at all"
    ),
    "history": _Key(
        Annotated[int, msgspec.Meta(ge=0, le=HISTORY_MAX)],
        "how many typed texts are kept; with 0 nothing is written",
        value=f"a whole number from 0 to {HISTORY_MAX:,}",
    ),
    "suggest": _switch("the rest of what you typed before is shown in grey"),
    "timing": _switch("say how long each statement took"),
}


class ConfigKey(msgspec.Struct, frozen=True):
    """A key of the file, for people."""

    name: str
    allowed: str
    default: str
    """As it would stand in the file."""
    meaning: str


def config_keys() -> tuple[ConfigKey, ...]:
    """All keys."""
    encode = msgspec.json.encode  # of words, numbers and switches TOML makes the same
    return tuple(
        ConfigKey(name, key.allowed, encode(getattr(Config(), name)).decode(), key.meaning)
        for name, key in _KEYS.items()
    )


def load_config(path: str | None) -> Loaded:
    """The config of a file; no file is no error.

    Never raises: of a file with mistakes the good lines count, and the defaults elsewhere.
    """
    try:
        data = None if path is None else _read(path)
    except PalmError as error:
        return Loaded(Config(), (error,))
    if path is None or data is None:
        return Loaded(Config())
    source = SourceText(data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n"), path)
    errors: list[PalmError] = []
    values = _values(source.text, errors)
    if (place := _not_utf8(data)) is not None:
        errors = [place]  # which is why it may not be TOML either
    config = _checked(values, source, errors)
    if len(errors) > _SAID_MAX:
        more = len(errors) - _SAID_MAX
        errors[_SAID_MAX:] = [
            InvalidValue(f"{more:,} more {'mistake is' if more == 1 else 'mistakes are'} in {path}")
        ]
    return Loaded(config, tuple(errors), source)


def _read(path: str) -> bytes | None:
    """The file's bytes; None if there is no such file.

    Raises:
        FileFailed: not a file, or not readable.
        LimitExceeded: longer than a config may be.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise FileFailed(f'cannot read the config "{path}": it is not a file')
        data = os.read(fd, SHELL_CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        os.close(fd)
    if len(data) > SHELL_CONFIG_BYTES_MAX:
        raise LimitExceeded(
            f'the config "{path}" is longer than {SHELL_CONFIG_BYTES_MAX:,} bytes; nothing of it counts'
        )
    return data


def _unreadable(path: str, error: OSError | ValueError) -> FileFailed:
    reason = getattr(error, "strerror", None) or str(error)
    return FileFailed(f'cannot read the config "{path}": {reason}')


def _not_utf8(data: bytes) -> PalmError | None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        what = FileFailed(f"the byte 0x{data[error.start]:02x} is not UTF-8", hint=_HINT)
        return what.at(len(before), len(before) + 1)
    return None


def _values(text: str, errors: list[PalmError]) -> dict[str, object]:
    """The keys of the file with their values; of what is not TOML, those of the lines that are."""
    if not text.strip():
        return {}
    import tomllib

    # Of a number or a nesting without end the interpreter itself complains.
    wrong = (ValueError, RecursionError)
    try:
        return tomllib.loads(text)
    except wrong as error:
        errors.append(_not_toml(text, error))
    found: dict[str, object] = {}
    for line in text.split("\n"):
        if line.lstrip().startswith("["):
            break
        with contextlib.suppress(*wrong):
            found = {**tomllib.loads(line), **found}
    return found


def _not_toml(text: str, error: Exception) -> PalmError:
    what, _, where = str(error).partition(" (at ")
    line, column = text.count("\n") + 1, 1
    if where.startswith("line "):
        line, column = (int(word) for word in where[5:].rstrip(")").split(", column "))
    else:
        line = len(text.rstrip().split("\n"))
    start = min(len(text), _start_of_line(text, line) + column - 1)
    message = "nested too deep" if isinstance(error, RecursionError) else what[:1].lower() + what[1:]
    return FileFailed(f"this is not TOML: {shown(message)}", hint=_HINT).at(start, start + 1)


def _start_of_line(text: str, line: int) -> int:
    """Where a line begins, counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


def _checked(values: dict[str, object], source: SourceText, errors: list[PalmError]) -> Config:
    """The config that the good values make."""
    good: dict[str, Any] = {}
    for name, value in values.items():
        key = _KEYS.get(name)
        if key is None:
            errors.append(_unknown(name, source))
            continue
        try:
            good[name] = msgspec.convert(value, key.kind, strict=True)
        except msgspec.ValidationError:
            errors.append(_wrong(name, key, value, source))
    return Config(**good)


def _unknown(name: str, source: SourceText) -> PalmError:
    error = UnknownKey(f'the config has no key "{shown(name)}"', hint=f"its keys are {', '.join(_KEYS)}")
    error.note = did_you_mean(name, _KEYS)
    if (place := _place(name, source.text)) is None:
        error.hint = f"{error.hint}; this one is in {source.name}"
        return error
    return error.at(place[0], place[0] + len(name), error.note)


def _wrong(name: str, key: _Key, value: object, source: SourceText) -> PalmError:
    error = InvalidValue(f"{name} must be {key.allowed}")
    error.note = _meant(key, value)
    if (place := _place(name, source.text)) is None:
        error.hint = f"it is in {source.name}"
        return error
    start, end = place
    equals = source.text.find("=", start, end) + 1
    if not equals:
        return error.at(start, start + len(name), error.note)
    behind = source.text[equals:end]
    return error.at(equals + len(behind) - len(behind.lstrip()), end, error.note)


def _meant(key: _Key, value: object) -> str | None:
    if key.kind is bool and isinstance(value, str):
        word = value.lower()
        return {"on": "did you mean true?", "yes": "did you mean true?", "off": "did you mean false?"}.get(
            word, did_you_mean(word, key.words)
        )
    if value is False and "off" in key.words:
        return 'did you mean "off"?'
    return did_you_mean(value, key.words) if isinstance(value, str) else None


def _place(name: str, text: str) -> tuple[int, int] | None:
    """From a key to the end of its line, a comment left out; None if the key is spelled with escapes."""
    start = 0
    for line in text.split("\n"):
        bare = line.lstrip(" \t[\"'")
        if bare.startswith(name) and bare[len(name) :].lstrip(" \t\"'").startswith(("=", ".", "]")):
            begin = start + len(line) - len(bare)
            return begin, begin + len(_without_comment(bare))
        start += len(line) + 1
    return None


def _without_comment(line: str) -> str:
    quote = ""
    for index, character in enumerate(line):
        if character == "#" and not quote:
            return line[:index].rstrip()
        if character in "\"'" and quote in ("", character):
            quote = "" if quote else character
    return line.rstrip()
