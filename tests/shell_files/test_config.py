"""The prompt's config: what it may say, and how each mistake in it is said while the rest counts."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from palm_ual.console.lines.errors import render_error
from palm_ual.console.lines.lines import UNICODE, text_of
from palm_ual.console.own_files.config import Config, Loaded, load_config
from palm_ual.model.limits import HISTORY_MAX, SHELL_CONFIG_BYTES_MAX

FULL = """\
# what an operator likes
keys = "vi"        # or emacs
theme = 'dark'
bar = false
"notices" = "quiet"
history = 500
suggest = false
timing = true
"""


def loaded(folder: Path, text: str | bytes) -> Loaded:
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(str(path))


def said(found: Loaded) -> list[str]:
    """Each error as the prompt prints it, without the place of the folder."""
    assert found.source is None or found.source.name is not None
    return [
        "\n".join(text_of(line) for line in render_error(error, found.source, UNICODE))
        for error in found.errors
    ]


def test_without_a_file_the_defaults_count(tmp_path: Path) -> None:
    assert load_config(None) == Loaded(Config())
    assert load_config(str(tmp_path / "none")) == Loaded(Config())
    (tmp_path / "file").touch()
    assert load_config(str(tmp_path / "file" / "none")) == Loaded(Config())


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff", "\r\n"])
def test_an_empty_file_changes_nothing(tmp_path: Path, text: str) -> None:
    found = loaded(tmp_path, text)
    assert (found.config, found.errors) == (Config(), ())


@pytest.mark.parametrize("text", [FULL, "\ufeff" + FULL, FULL.replace("\n", "\r\n")])
def test_every_key_is_taken(tmp_path: Path, text: str) -> None:
    found = loaded(tmp_path, text)
    assert found.errors == ()
    assert found.config == Config(
        "vi", "dark", bar=False, notices="quiet", history=500, suggest=False, timing=True
    )


@pytest.mark.parametrize(
    ("line", "code", "message", "place", "note"),
    [
        ('theem = "dark"', "UNKNOWN_KEY", 'the config has no key "theem"', "theem", "did you mean theme?"),
        ("[shell]", "UNKNOWN_KEY", 'the config has no key "shell"', "shell", None),
        ("shell.bar = true", "UNKNOWN_KEY", 'the config has no key "shell"', "shell", None),
        ('theme = "drak" # why', "INVALID_VALUE", "theme must be", '"drak"', "did you mean dark?"),
        ("theme = 5", "INVALID_VALUE", "theme must be", "5", None),
        ("[theme]", "INVALID_VALUE", "theme must be", "theme", None),
        ('keys = "vim"', "INVALID_VALUE", 'keys must be "emacs" or "vi"', '"vim"', "did you mean vi?"),
        ('keys = "Vi"', "INVALID_VALUE", "keys must be", '"Vi"', "did you mean vi?"),
        ('bar = "on"', "INVALID_VALUE", "bar must be true or false", '"on"', "did you mean true?"),
        ("timing = 1", "INVALID_VALUE", "timing must be true or false", "1", None),
        ("notices = false", "INVALID_VALUE", "notices must be", "false", 'did you mean "off"?'),
        ("history = -1", "INVALID_VALUE", "history must be a whole number from 0 to 100,000", "-1", None),
        ("history = 1e3", "INVALID_VALUE", "history must be", "1e3", None),
        ("history = true", "INVALID_VALUE", "history must be", "true", None),
        ('history = "all # of them"', "INVALID_VALUE", "history must be", '"all # of them"', None),
        ("bar =", "IO_ERROR", "this is not TOML: invalid value", "\n", None),
        ("bar = yes", "IO_ERROR", "this is not TOML: invalid value", "y", None),
        ("suggest = true", "IO_ERROR", "this is not TOML: cannot overwrite a value", "\n", None),
    ],
)
def test_a_mistake_has_its_place_and_the_rest_counts(
    tmp_path: Path, line: str, code: str, message: str, place: str, note: str | None
) -> None:
    found = loaded(tmp_path, f"suggest = false\n{line}\n")
    (error,) = found.errors
    assert (error.code, error.note) == (code, note)
    assert error.message.startswith(message)
    assert found.config == Config(suggest=False)
    assert found.source is not None
    assert error.span is not None
    assert found.source.text[slice(*error.span)] == place
    assert found.source.text.count("\n", 0, error.span[0]) == 1
    assert f"({tmp_path}/config.toml:2:" in said(found)[0]


def test_it_is_said_as_errors_are_said(tmp_path: Path) -> None:
    assert said(loaded(tmp_path, 'bar = true\ntheem = "dark"\n')) == [
        'error[UNKNOWN_KEY]: the config has no key "theem"\n'
        f" --> line 2, column 1 ({tmp_path}/config.toml:2:1)\n"
        "  |\n"
        '2 | theem = "dark"\n'
        "  | ^^^^^ did you mean theme?\n"
        " hint: its keys are keys, theme, bar, notices, history, suggest, timing"
    ]


@pytest.mark.parametrize(
    ("count", "good"), [(HISTORY_MAX - 1, True), (HISTORY_MAX, True), (HISTORY_MAX + 1, False)]
)
def test_the_history_has_a_bound(tmp_path: Path, count: int, good: bool) -> None:
    found = loaded(tmp_path, f"history = {count}")
    assert (found.errors == ()) is good
    assert found.config.history == (count if good else Config().history)


@pytest.mark.parametrize(("more", "good"), [(-1, True), (0, True), (1, False)])
def test_a_file_has_a_bound(tmp_path: Path, more: int, good: bool) -> None:
    text = "bar = false\n#"
    found = loaded(tmp_path, text.ljust(SHELL_CONFIG_BYTES_MAX + more, "x"))
    assert found.config.bar is not good
    assert [error.code for error in found.errors] == ([] if good else ["LIMIT_EXCEEDED"])


def test_a_file_that_is_not_utf_8_is_told_so_and_its_good_lines_count(tmp_path: Path) -> None:
    found = loaded(tmp_path, b'\xef\xbb\xbfbar = false\r\n# caf\xe9\r\ntheme = "dark"\r\n')
    assert found.config == Config(bar=False, theme="dark")
    (text,) = said(found)
    assert text.startswith("error[IO_ERROR]: the byte 0xe9 is not UTF-8\n --> line 2, column 6 (")


def test_a_file_of_another_encoding_is_said_once(tmp_path: Path) -> None:
    found = loaded(tmp_path, 'theme = "dark"\n'.encode("utf-16"))
    assert found.config == Config()
    assert [error.message for error in found.errors] == ["the byte 0xff is not UTF-8"]


def test_a_text_that_never_ends_takes_the_lines_before_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, 'bar = false\ntheme = """dark\nkeys = "vi"\n')
    assert found.config == Config(bar=False, keys="vi")
    assert [error.code for error in found.errors] == ["IO_ERROR"]


def test_what_stands_under_a_heading_of_a_broken_file_is_not_taken_for_the_prompts(tmp_path: Path) -> None:
    found = loaded(tmp_path, "bar = false\n[other]\ntiming = true\nx =\n")
    assert found.config == Config(bar=False)


@pytest.mark.parametrize("value", ["[" * 5_000, "{a=" * 5_000, "9" * 20_000, "0x" + "f" * 20_000, "1e999"])
def test_a_value_without_end_is_a_mistake_like_others(tmp_path: Path, value: str) -> None:
    found = loaded(tmp_path, f"bar = false\nhistory = {value}\n")
    assert found.config == Config(bar=False)
    assert len(found.errors) == 1
    assert max(map(len, said(found)[0].splitlines())) < 300


def test_of_many_mistakes_the_first_are_said(tmp_path: Path) -> None:
    found = loaded(tmp_path, "\n".join(f"key{number} = 1" for number in range(1_000)))
    assert len(found.errors) == 6
    assert found.errors[-1].message.startswith("995 more mistakes are in ")


def test_a_key_spelled_with_escapes_is_said_without_a_place(tmp_path: Path) -> None:
    found = loaded(tmp_path, '"b\\u0061r" = 1\n"\\u001b[2J" = 1\n')
    wrong, unknown = found.errors
    assert (wrong.span, unknown.span) == (None, None)
    assert str(tmp_path) in (wrong.hint or "")
    assert str(tmp_path) in (unknown.hint or "")
    assert "\x1b" not in "".join(said(found))


@pytest.mark.parametrize("kind", ["directory", "pipe", "loop"])
def test_what_is_no_file_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "config.toml"
    match kind:
        case "directory":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to(path)
    found = load_config(str(path))
    assert found.config == Config()
    assert [error.code for error in found.errors] == ["IO_ERROR"]
    assert str(path) in found.errors[0].message


def test_an_unreadable_file_is_said(
    tmp_path: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    path = tmp_path / "config.toml"
    path.touch(0o000)
    with as_nobody():
        found = load_config(str(path))
    assert found.config == Config()
    (error,) = found.errors
    assert error.message == f'cannot read the config "{path}": Permission denied'


@given(some.binary(max_size=200))
def test_no_file_keeps_anybody_from_a_prompt(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    found = loaded(tmp_path_factory.getbasetemp(), data)
    said(found)


@given(
    some.dictionaries(
        some.sampled_from([*Config.__struct_fields__, "other"]), some.text(max_size=9), max_size=9
    )
)
def test_any_values_are_taken_or_said(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]
) -> None:
    found = loaded(
        tmp_path_factory.getbasetemp(), "\n".join(f"{key} = {value}" for key, value in values.items())
    )
    said(found)
