import io
import os
import pty
import re
import subprocess
import sys
import tty
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import pytest
from msgspec.structs import replace

from palm_ual.console.lines.lines import plain
from palm_ual.console.writer import Output
from palm_ual.errors import FileFailed, InsufficientCapacity
from palm_ual.model.results import (
    AgentsReady,
    Column,
    DeployFinished,
    DeployStarted,
    LogLine,
    LogShown,
    PalmStatusShown,
    ResultEvent,
    TableShown,
    Trend,
)
from palm_ual.service.session import OutputFormat as Format
from tests.console.shown import FLEET, Streams, text, written

STATUS = PalmStatusShown(0, 100, 0, 0, 0, 0, 100)
DEPLOY: tuple[ResultEvent, ...] = (
    DeployStarted("buyer-fleet", "buyer", 12, with_config=False),
    AgentsReady("buyer", ((1, 5),), 1, 12),
    AgentsReady("buyer", ((6, 12),), 6, 12),
    DeployFinished("buyer-fleet", with_config=False),
)
WIDE = TableShown("x", (Column("a", "A"), Column("b", "B")), (("n" * 60, "m" * 60),))
XTERM = {"TERM": "xterm-256color"}


_LAST = "[the last of it]"


class Terminal:
    """Both output streams of a process on one terminal, raw, so that a line break is one byte."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self.stream: TextIO = open(slave, "w", encoding="utf-8", newline="")  # noqa: SIM115 - closed below

    def show(self, *events: ResultEvent, environ: Mapping[str, str], format: Format = "text") -> str:
        """What the terminal gets from one statement with these events."""
        output = Output(self.stream, self.stream, environ, format=format)
        output.start("STATEMENT")
        for event in events:
            output.show(event)
        output.end("done")
        return self._read_all()

    def _read_all(self) -> str:
        """A terminal hands over what it has got piece by piece: up to a mark that comes last."""
        self.stream.write(_LAST)
        self.stream.flush()
        read = ""
        while not read.endswith(_LAST):
            read += os.read(self._master, 1 << 16).decode()
        return read.removesuffix(_LAST)

    def close(self) -> None:
        self.stream.close()
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_a_pipe_gets_the_text_and_nothing_else() -> None:
    assert written(STATUS).decode() == text(STATUS)
    assert written(FLEET).decode() == text(FLEET)


def test_a_terminal_gets_the_same_text_in_colour(terminal: Terminal) -> None:
    shown = terminal.show(STATUS, FLEET, environ=XTERM)
    assert "\x1b[32mHEALTHY" in shown
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == text(STATUS) + text(FLEET)


@pytest.mark.parametrize("environ", [XTERM | {"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_nothing_moves_either(terminal: Terminal, environ: dict[str, str]) -> None:
    assert terminal.show(*DEPLOY, environ=environ) == text(*DEPLOY)


@pytest.mark.parametrize(
    ("environ", "drawn"), [(XTERM, True), (XTERM | {"NO_COLOR": "1"}, True), ({"TERM": "dumb"}, False)]
)
def test_a_trend_is_drawn_where_a_terminal_can_show_pictures(
    terminal: Terminal, environ: dict[str, str], *, drawn: bool
) -> None:
    status = replace(FLEET, trend=Trend(60_000, (1, 2, 3), (1, 2, 3), (1.0, None, 3.0)))
    assert ("▁ █" in terminal.show(status, environ=environ)) is drawn
    assert written(status, environ=environ).decode() == text(FLEET)


def test_an_empty_no_color_is_none(terminal: Terminal) -> None:
    assert "\x1b[" in terminal.show(STATUS, environ=XTERM | {"NO_COLOR": ""})


def test_a_bar_moves_while_work_is_under_way_and_the_ticks_stay_behind_it(terminal: Terminal) -> None:
    shown = terminal.show(*DEPLOY, environ=XTERM)
    assert "0/12" in shown
    assert "5/12" in shown
    after_last_bar = shown[shown.rindex("5/12") :]
    assert "\x1b[J" in after_last_bar
    assert "buyer_012 - Ready" in after_last_bar
    assert shown.count("buyer_001 - Ready") == 1
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


def test_json_is_indented_for_a_person_and_on_one_line_for_a_program(terminal: Terminal) -> None:
    shown = terminal.show(STATUS, environ=XTERM, format="json")
    assert shown.startswith('{\n  "agents": 0,\n')
    assert "\x1b" not in shown
    assert written(STATUS, format="json").count(b"\n") == 1


def test_data_is_never_markup(terminal: Terminal) -> None:
    line = LogShown("buyer_001", (LogLine(0, "[red]markup[/red] [/] :smile: \x1b[31m"),))
    shown = terminal.show(line, environ=XTERM)
    assert "[red]markup[/red] [/] :smile: \\x1b[31m" in shown


@pytest.mark.parametrize(
    ("columns", "longest"),
    [("40", 40), ("0", 80), ("-5", 80), ("abc", 80), ("", 80), ("１２０", 80), ("9" * 50, 80), ("121", 121)],
)
def test_a_table_fits_the_terminal_whatever_columns_says(
    terminal: Terminal, columns: str, longest: int
) -> None:
    shown = terminal.show(WIDE, environ={"TERM": "dumb", "COLUMNS": columns})
    assert max(map(len, shown.splitlines())) == longest
    assert len(shown.splitlines()) == 2


def test_a_tiny_terminal_has_a_line_for_each_field(terminal: Terminal) -> None:
    assert terminal.show(WIDE, environ=XTERM | {"NO_COLOR": "1", "COLUMNS": "10"}) == (
        "A:\n" + "nnnnnnnnnn\n" * 6 + "B:\n" + "mmmmmmmmmm\n" * 6
    )


def test_nothing_is_cut_in_a_pipe_whatever_columns_says() -> None:
    assert written(WIDE, environ={"COLUMNS": "10"}).decode().splitlines()[1] == "n" * 60 + "  " + "m" * 60


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_encoding_without_the_signs_gets_their_stand_ins(encoding: str) -> None:
    assert b"  + buyer_001 - Ready\n" in written(*DEPLOY, encoding=encoding)
    assert b"|    + Healthy:    35 / 35 (100%)   " in written(FLEET, encoding=encoding)


def test_what_an_encoding_cannot_show_is_escaped_and_never_an_error() -> None:
    line = LogShown("a", (LogLine(0, "é 中"),))
    assert written(line, encoding="latin-1") == b"00:00:00.000  \xe9 \\u4e2d\n"


def test_statements_are_set_apart_by_a_blank_line() -> None:
    streams = Streams()
    output = Output(streams.out, streams.err, {})
    for events in ((), (STATUS,), (), DEPLOY):
        output.start("STATEMENT")
        output.show(*events)
        output.end("done")
    assert streams.written.decode() == text(STATUS) + "\n" + text(*DEPLOY)


def test_answers_are_written_before_an_error_is_said() -> None:
    both = io.BytesIO()
    out, err = (io.TextIOWrapper(both, encoding="utf-8") for _ in range(2))
    output = Output(out, err, {})
    output.start("STATEMENT")
    output.show(STATUS)
    output.error(InsufficientCapacity("too many"))
    output.note("the fleet is suspended")
    assert both.getvalue().decode() == (
        text(STATUS) + "error[INSUFFICIENT_CAPACITY]: too many\nnote: the fleet is suspended\n"
    )


def test_lines_of_the_shells_own_stand_among_the_answers() -> None:
    streams = Streams()
    Output(streams.out, streams.err, {}).write([plain("Time: \x1b[2J 5ms", "dim")])
    assert streams.written == b"Time: \\x1b[2J 5ms\n"


def test_a_reader_that_has_gone_is_a_broken_pipe_and_is_not_written_to_again() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as stream:
        output = Output(stream, stream, {})
        with pytest.raises(BrokenPipeError):
            output.show(STATUS)
        output.flush()
        output.note("nobody hears this, and nothing is raised")


def test_a_full_disk_is_a_coded_error_that_says_what_stands() -> None:
    with open("/dev/full", "w", encoding="utf-8") as stream:
        output = Output(stream, stream, {})
        with pytest.raises(FileFailed, match="No space left on device") as caught:
            output.show(STATUS)
        output.flush()
    assert caught.value.hint is not None


def test_a_closed_standard_output_is_a_coded_error() -> None:
    with pytest.raises(FileFailed, match="closed"):
        Output(None, None, {}).show(STATUS)


def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_everything(tmp_path: Path) -> None:
    script = tmp_path / "write.py"
    script.write_text(
        "import os, sys\n"
        "from palm_ual.console.writer import Output\n"
        "from palm_ual.model.results import AgentsReady\n"
        "os.set_blocking(1, False)\n"
        "output = Output(sys.stdout, sys.stderr, {}, ticks='all')\n"
        "output.show(AgentsReady('buyer', ((1, 20_000),), 1, 20_000))\n"
    )
    ran = subprocess.run([sys.executable, str(script)], env=_path(), capture_output=True, check=True)
    assert ran.stdout.count(b"\n") == 20_000


@pytest.mark.parametrize("format", ["json", "text"])
def test_a_status_imports_nothing_slow(format: str) -> None:
    code = (
        "import sys\n"
        "from palm_ual.console.writer import Output\n"
        "from palm_ual.model.results import PalmStatusShown\n"
        f"output = Output(sys.stdout, sys.stderr, {{}}, format={format!r})\n"
        "output.start('PALM STATUS')\n"
        "output.show(PalmStatusShown(0, 100, 0, 0, 0, 0, 100))\n"
        "output.end('done')\n"
        "slow = {'rich', 'yaml', 'csv', 'json', 'pydantic', 'asyncio', 'prompt_toolkit', 'lark'}\n"
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], env=_path(), capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def _path() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
