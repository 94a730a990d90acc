"""What a person sees while statements work and while a WATCH goes on."""

import signal
import subprocess
import sys

import pytest
from msgspec.structs import replace

from palm_ual.console.writer import Output
from palm_ual.errors import InsufficientCapacity
from palm_ual.model.results import (
    AgentsReady,
    Column,
    DeployFinished,
    DeployStarted,
    LogLine,
    LogShown,
    PalmStatusShown,
    TableShown,
    Trend,
    Watchable,
    Watched,
)
from tests.console.emulated import Desk
from tests.console.shown import FLEET, Streams, text

STATUS = PalmStatusShown(0, 100, 0, 0, 0, 0, 100)
WALL_MS = 1_780_000_000_000
AT = "2026-05-28T20:26:40Z"


def look(answer: Watchable, *, number: int = 1, changed: bool = True) -> Watched:
    return Watched(
        answer,
        wall_ms=WALL_MS + 2000 * (number - 1),
        at_ms=5_000 + 2000 * (number - 1),
        every_ms=2_000,
        changed=changed,
        statement="PALM STATUS",
        look=number,
    )


def watching(desk: Desk, *answers: Watchable) -> None:
    desk.output.start("WATCH")
    for number, answer in enumerate(answers, 1):
        desk.output.show(look(answer, number=number))


def rows_of(answer: Watchable, columns: int) -> list[str]:
    return text(answer, width=columns).splitlines()


def test_a_watch_is_drawn_in_place_under_what_was_there() -> None:
    desk = Desk()
    desk.terminal.send("> WATCH PALM STATUS\r\n")
    watching(desk, STATUS, replace(STATUS, agents=5), replace(STATUS, agents=7))
    heading = "Every 2s: PALM STATUS".ljust(60) + "2026-05-28T20:26:44Z"
    assert desk.shown == ["> WATCH PALM STATUS", heading, "", *rows_of(replace(STATUS, agents=7), 80)]


def test_the_last_picture_stays_when_the_watch_ends() -> None:
    desk = Desk()
    watching(desk, STATUS, replace(STATUS, agents=5))
    desk.output.end("interrupted")
    desk.output.start("PALM STATUS")
    desk.output.show(STATUS)
    last = rows_of(replace(STATUS, agents=5), 80)
    assert desk.shown[1:] == ["", *last, "", *rows_of(STATUS, 80)]
    assert desk.shown[0].startswith("Every 2s: PALM STATUS")


def test_a_note_and_an_error_stand_under_the_picture() -> None:
    desk = Desk()
    watching(desk, STATUS)
    desk.output.note("buyer-fleet is unhealthy")
    desk.output.error(InsufficientCapacity("too many"))
    assert desk.shown[-2:] == ["note: buyer-fleet is unhealthy", "error[INSUFFICIENT_CAPACITY]: too many"]
    assert desk.shown[2:-2] == rows_of(STATUS, 80)


def test_a_watch_that_goes_on_after_a_note_is_drawn_anew_below_it() -> None:
    desk = Desk(rows=40)
    watching(desk, STATUS)
    desk.output.note("x")
    desk.output.show(look(replace(STATUS, agents=5), number=2))
    desk.output.show(look(replace(STATUS, agents=6), number=3))
    first, last = rows_of(STATUS, 80), rows_of(replace(STATUS, agents=6), 80)
    assert desk.shown[2 : 2 + len(first)] == first
    assert desk.shown[2 + len(first)] == "note: x"
    assert desk.shown[-len(last) :] == last


@pytest.mark.parametrize(("columns", "rows"), [(40, 24), (120, 50), (80, 12), (40, 40)])
def test_a_resize_leaves_nothing_of_the_old_picture(columns: int, rows: int) -> None:
    desk, fresh = Desk(), Desk(columns, rows)
    watching(desk, FLEET, replace(FLEET, agents=36))
    desk.resize(columns, rows)
    signal.raise_signal(signal.SIGWINCH)
    watching(fresh, FLEET, replace(FLEET, agents=36))
    assert desk.shown == fresh.shown


def test_at_forty_columns_the_heading_and_the_answer_are_cut_to_fit() -> None:
    desk = Desk(40, 24)
    table = TableShown("x", (Column("a", "A"), Column("b", "B")), (("n" * 60, "m" * 60),))
    desk.output.start("WATCH")
    desk.output.show(replace(look(table), statement="SHOW AGENTS WHERE health = degraded"))
    assert desk.shown[:2] == [f"Every 2s: SHOW AG…  {AT}", ""]
    assert desk.shown[2:] == rows_of(table, 40)


def test_a_table_that_is_too_long_says_how_much_is_left_out() -> None:
    desk = Desk(80, 10)
    table = TableShown("agents", (Column("a", "A"),), tuple((f"row {number}",) for number in range(1_030)))
    watching(desk, table, table)
    assert desk.shown[2:] == ["A", *(f"row {number}" for number in range(5)), "… 1,025 more agents"]
    assert len(desk.shown) == 9
    assert desk.terminal.scrolled_away == []


@pytest.mark.parametrize("count", [5, 6, 7])
def test_a_table_that_just_fits_is_whole(count: int) -> None:
    desk = Desk(80, 10)
    table = TableShown("agents", (Column("a", "A"),), tuple((f"row {number}",) for number in range(count)))
    watching(desk, table)
    assert ("more" in desk.shown[-1]) is (count == 7)
    assert len(desk.shown) == min(count, 6) + 3


def test_a_log_that_is_too_long_shows_its_end() -> None:
    desk = Desk(80, 10)
    watching(desk, LogShown("buyer_001", tuple(LogLine(0, f"line {number}") for number in range(30))))
    assert [row.split("  ")[1] for row in desk.shown[2:]] == [f"line {number}" for number in range(23, 30)]


def test_anything_else_that_is_too_long_says_how_many_lines_are_left_out() -> None:
    desk = Desk(80, 8)
    watching(desk, STATUS)
    assert desk.shown[-1] == "… 5 more lines"
    assert len(desk.shown) == 7


def test_a_box_that_is_too_high_goes_without_its_borders() -> None:
    desk = Desk(80, 24)
    watching(desk, FLEET)
    assert "│" not in "".join(desk.shown)
    assert "    Used Budget:     $823,450 (47%)" in desk.shown


def test_without_colour_a_watch_is_still_drawn_in_place() -> None:
    desk = Desk(NO_COLOR="1")
    watching(desk, STATUS, replace(STATUS, agents=5))
    assert desk.shown[2:] == rows_of(replace(STATUS, agents=5), 80)
    assert "m" not in {code[-1] for code in "".join(desk.terminal.sent).split("\x1b[")[1:]}


def test_without_unicode_the_picture_its_charts_and_the_bar_are_ascii() -> None:
    desk = Desk(120, 30, encoding="ascii")
    watching(desk, replace(FLEET, trend=Trend(60_000, (1, 2, 3), (1, 2, 3), (None, 2.0, 3.0))))
    desk.output.end("done")
    desk.output.show(START, SOME)
    assert "".join(desk.shown).isascii()
    assert "\\u" not in "".join(desk.shown)
    assert desk.shown[-1] == "@" * 16 + "-" * 24 + " 5,000/12,000"


def test_a_dumb_terminal_gets_what_has_changed_one_below_the_other() -> None:
    desk = Desk(rows=60, TERM="dumb")
    desk.output.start("WATCH")
    for number, (agents, changed) in enumerate([(0, True), (0, False), (5, True)], 1):
        desk.output.show(look(replace(STATUS, agents=agents), number=number, changed=changed))
    assert "\x1b" not in "".join(desk.terminal.sent)
    one, two = rows_of(STATUS, 80), rows_of(replace(STATUS, agents=5), 80)
    assert desk.shown == [*one, "", *two]


def test_a_pipe_gets_what_has_changed_one_below_the_other() -> None:
    streams = Streams()
    output = Output(streams.out, streams.err, {})
    output.start("WATCH")
    for number, (agents, changed) in enumerate([(0, True), (0, False), (5, True)], 1):
        output.show(look(replace(STATUS, agents=agents), number=number, changed=changed))
    output.end("done")
    assert streams.written.decode() == text(STATUS) + "\n" + text(replace(STATUS, agents=5))


def test_after_it_was_stopped_and_continued_a_watch_is_drawn_where_the_cursor_is_then() -> None:
    desk = Desk(rows=60)
    watching(desk, STATUS)
    desk.terminal.send("[1]+  Stopped\r\n$ fg\r\n")
    signal.raise_signal(signal.SIGCONT)
    desk.output.show(look(replace(STATUS, agents=5), number=2))
    first, last = rows_of(STATUS, 80), rows_of(replace(STATUS, agents=5), 80)
    assert desk.shown[2:] == [*first, "[1]+  Stopped", "$ fg", desk.shown[-len(last) - 2], "", *last]


def test_when_a_watch_has_ended_a_resize_draws_nothing() -> None:
    before = signal.getsignal(signal.SIGWINCH)
    desk = Desk()
    watching(desk, STATUS)
    desk.output.end("done")
    assert signal.getsignal(signal.SIGWINCH) == before
    assert "".join(desk.terminal.sent).count("\x1b[?25h") == 1


def test_what_is_typed_is_not_echoed_into_the_picture_and_is_again_afterwards() -> None:
    run = subprocess.run([sys.executable, "-c", ECHOES], capture_output=True, text=True, check=False)
    assert (run.stdout.split(), run.stderr) == (["True", "False", "True"], "")


ECHOES = """
import io, os, pty, sys, termios
from palm_ual.console.writer import Output
from palm_ual.model.results import PalmStatusShown, Watched

os.setsid()
master, slave = pty.openpty()
os.close(os.open(os.ttyname(slave), os.O_RDWR))  # makes it the terminal of this session
os.tcsetpgrp(slave, os.getpgrp())
stream = open(slave, "w", encoding="utf-8")
output = Output(stream, stream, {"TERM": "xterm"})


def say():
    print(bool(termios.tcgetattr(slave)[3] & termios.ECHO))


say()
output.start("WATCH")
output.show(Watched(PalmStatusShown(0, 100, 0, 0, 0, 0, 100), 0, 0, 1000, True, "PALM STATUS"))
say()
output.end("interrupted")
say()
"""


START = DeployStarted("buyer-fleet", "buyer", 12_000, with_config=False)
SOME = AgentsReady("buyer", ((1, 5_000),), 1, 12_000)
MORE = AgentsReady("buyer", ((5_001, 9_000),), 5_001, 12_000)
REST = AgentsReady("buyer", ((9_001, 12_000),), 9_001, 12_000)
DONE = DeployFinished("buyer-fleet", with_config=False)


def test_the_bar_stands_under_the_ticks_and_leaves_no_trace() -> None:
    desk = Desk()
    desk.output.start("DEPLOY")
    desk.output.show(START, SOME)
    assert desk.shown[-1].endswith(" 5,000/12,000")
    assert desk.shown[-1].count("█") == 40 * 5 // 12
    desk.output.show(MORE, REST, DONE)
    desk.output.end("done")
    assert desk.shown == text(START, SOME, MORE, REST, DONE).splitlines()


@pytest.mark.parametrize(("columns", "rows"), [(40, 24), (30, 10), (20, 24), (12, 8), (120, 50)])
def test_the_bar_survives_a_resize(columns: int, rows: int) -> None:
    desk = Desk()
    desk.output.start("DEPLOY")
    desk.output.show(START)
    desk.output.show(SOME)
    desk.resize(columns, rows)
    desk.output.show(MORE)
    bars = [row for row in desk.shown if "/" in row]
    assert len(bars) == 1
    assert bars[0].endswith("9,000/12,000")
    desk.output.show(REST, DONE)
    desk.output.end("done")
    assert [row for row in desk.shown if "/" in row or "█" in row or "─" in row] == []


def test_an_error_takes_the_bar_away_first() -> None:
    desk = Desk()
    desk.output.start("DEPLOY")
    desk.output.show(START, SOME)
    desk.output.error(InsufficientCapacity("too many"))
    assert desk.shown[-1] == "error[INSUFFICIENT_CAPACITY]: too many"
    assert [row for row in desk.shown if "/" in row] == []
