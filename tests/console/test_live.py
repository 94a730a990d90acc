import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palm_ual.console.lines.lines import Line, plain, text_of
from palm_ual.console.lines.width import width
from palm_ual.console.terminal.live import LiveArea, reflows
from tests.console.emulated import Emulated


def rows_named(count: int, kind: str = "row") -> list[str]:
    return [f"{kind} {number}" for number in range(count)]


def test_a_picture_is_replaced_in_place_and_what_was_above_stays() -> None:
    terminal = Emulated()
    terminal.send("before\r\n")
    terminal.draw("a", "b", "c")
    terminal.draw("a", "B", "c")
    terminal.draw("a", "B", "see")
    assert terminal.shown == ["before", "a", "B", "see"]
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (4, 0)


def test_what_has_not_changed_is_not_sent_again() -> None:
    terminal = Emulated(rows=20)
    terminal.draw(*rows_named(10))
    terminal.draw(*rows_named(10))
    assert len(terminal.sent) == 1
    terminal.draw(*rows_named(5), "new", *rows_named(10)[6:])
    assert len(terminal.sent) == 2
    assert "new" in terminal.sent[1]
    assert "row" not in terminal.sent[1]


def test_a_picture_is_one_write_with_the_cursor_hidden() -> None:
    terminal = Emulated()
    terminal.draw("a", "b")
    assert len(terminal.sent) == 1
    assert terminal.sent[0].startswith("\x1b[?25l")
    assert terminal.sent[0].endswith("\x1b[?25h")
    assert not terminal.screen.cursor.hidden


def test_no_other_screen_is_used_and_nothing_is_asked() -> None:
    terminal = Emulated()
    for count in (3, 9, 30, 1):
        terminal.draw(*rows_named(count))
    terminal.resize(30, 5)
    terminal.draw("x" * 60)
    everything = "".join(terminal.sent)
    for code in ("\x1b[?1049h", "\x1b[?47h", "\x1b[6n", "\x1b[c", "\x1b]", "\x1b[2J", "\x1b[H"):
        assert code not in everything


@pytest.mark.parametrize(("first", "second"), [(2, 6), (6, 2), (6, 0), (0, 6), (9, 9), (3, 30), (30, 3)])
def test_a_picture_may_grow_and_shrink(first: int, second: int) -> None:
    terminal = Emulated(rows=10)
    terminal.send("before\r\n")
    terminal.draw(*rows_named(first, "old"))
    terminal.draw(*rows_named(second, "new"))
    expected = rows_named(second, "new")
    if second > 9:
        expected = [*expected[:8], f"… {second - 8} more lines"]
    above = ["before"] if max(first, second) < 9 else []
    assert terminal.shown == [*above, *expected]
    assert [row for row in terminal.scrolled_away if row != "before"] == []


def test_a_picture_at_the_bottom_of_the_screen_scrolls_what_is_above_it_away_whole() -> None:
    terminal = Emulated(rows=6)
    terminal.send("".join(f"before {number}\r\n" for number in range(6)))
    terminal.draw("a", "b", "c")
    terminal.draw("a", "B", "c")
    assert terminal.shown == ["before 4", "before 5", "a", "B", "c"]
    assert terminal.scrolled_away == [f"before {number}" for number in range(4)]


def test_the_last_picture_stays_and_what_comes_next_stands_under_it() -> None:
    terminal = Emulated()
    terminal.draw("a", "b")
    terminal.area.close()
    terminal.send("after\r\n")
    terminal.draw("c")
    terminal.draw("d")
    assert terminal.shown == ["a", "b", "after", "d"]


def test_lines_are_cut_to_the_terminal_and_their_styles_kept() -> None:
    painted: list[Line] = []

    def paint(line: Line) -> str:
        painted.append(line)
        return text_of(line)

    terminal = Emulated(columns=10)
    LiveArea(terminal.send, lambda: (10, 10), paint=paint).draw(
        [
            (("12345", "key"), ("67890", "ok")),
            (("12345", "key"), ("6789", "ok"), ("ab", "")),
            (("x" * 11, ""),),
        ]
    )
    assert painted == [
        (("12345", "key"), ("67890", "ok")),
        (("12345", "key"), ("6789", "ok"), ("…", "")),
        (("xxxxxxxxx…", ""),),
    ]
    assert terminal.shown == ["1234567890", "123456789…", "xxxxxxxxx…"]


def test_a_line_that_fills_the_row_keeps_its_last_character() -> None:
    terminal = Emulated(columns=10)
    terminal.draw("a" * 10, "short")
    terminal.draw("b" * 10, "c" * 10)
    terminal.draw("x", "d" * 10)
    assert terminal.shown == ["x", "d" * 10]
    assert [sent for sent in terminal.sent if "b\x1b[K" in sent or "d\x1b[K" in sent] == []


def test_a_wide_character_is_never_cut_in_half() -> None:
    terminal = Emulated(columns=10)
    terminal.draw("中文中文中文", "⏳ wait")
    terminal.draw("中文中文中文", "⏳ done")
    assert [row.replace(" ", "") for row in terminal.shown] == ["中文中文…", "⏳done"]


def test_what_would_steer_the_terminal_is_shown_as_an_escape() -> None:
    terminal = Emulated()
    terminal.draw("a\x1b[2Jb\nc\td\re")
    assert terminal.shown == ["a\\x1b[2Jb\\nc\\td\\re"]


def test_the_pieces_at_the_start_of_a_line_that_are_there_already_are_not_sent_again() -> None:
    terminal = Emulated()
    terminal.area.draw([(("name  ", "key"), ("12", "")), (("✓ ", "ok"), ("12", ""))])
    terminal.area.draw([(("name  ", "key"), ("3", "")), (("✓ ", "ok"), ("3", ""))])
    assert terminal.shown == ["name  3", "✓ 3"]
    assert "name" not in terminal.sent[1]
    assert "✓" in terminal.sent[1]


SIZES = [(40, 10), (80, 10), (20, 10), (40, 4), (40, 30), (15, 6), (80, 24)]


@pytest.mark.parametrize("wraps", [True, False])
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_after_a_resize_only_the_new_picture_is_there(columns: int, rows: int, *, wraps: bool) -> None:
    terminal = Emulated(columns=40, rows=10, wraps=wraps)
    terminal.send("before\r\n")
    lines = ["x" * 35, "y" * 40, "z" * 60, "end"]
    terminal.draw(*lines)
    terminal.resize(columns, rows)
    terminal.draw(*lines)
    whole = [line if len(line) <= columns else line[: columns - 1] + "…" for line in lines]
    cut_at = rows - 1
    expected = (
        whole if len(whole) <= cut_at else [*whole[: cut_at - 1], f"… {len(whole) - cut_at + 1} more lines"]
    )
    assert terminal.shown[-len(expected) :] == expected
    assert set(terminal.shown[: -len(expected)]) <= {"before"}


def test_a_terminal_that_cuts_keeps_what_was_above_the_picture() -> None:
    terminal = Emulated(wraps=False)
    terminal.send("before\r\n")
    terminal.draw("x" * 40)
    terminal.resize(20, 10)
    terminal.draw("y" * 40)
    assert terminal.shown == ["before", "y" * 19 + "…"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, False),
        ({"TERM": "screen", "XTERM_VERSION": "XTerm(379)", "TMUX": "somewhere/x"}, True),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux"}, False),
        ({}, True),
    ],
)
def test_most_terminals_wrap_lines_anew(environ: dict[str, str], *, expected: bool) -> None:
    assert reflows(environ) is expected


_texts = st.text(st.sampled_from("ab 中é⏳…"), max_size=30)
_lines: st.SearchStrategy[Line] = st.lists(_texts, max_size=4).map(
    lambda texts: tuple([(text, "") for text in texts])
)
_pictures = st.lists(st.lists(_lines, max_size=14), min_size=1, max_size=6)


@given(_pictures, st.integers(5, 50), st.integers(3, 12))
def test_however_pictures_follow_each_other_the_last_one_is_what_is_seen(
    pictures: list[list[Line]], columns: int, rows: int
) -> None:
    once, again = Emulated(columns, rows), Emulated(columns, rows)
    once.area.draw(pictures[-1])
    for picture in pictures:
        again.area.draw(picture)
    assert seen(again, len(once.shown)) == seen(once, len(once.shown))
    assert again.screen.cursor.x == 0


def seen(terminal: Emulated, rows: int) -> list[str]:
    return terminal.shown[-rows:] if rows else []


@given(st.lists(_texts, max_size=14), st.integers(5, 50))
def test_no_line_runs_over_the_edge(texts: list[str], columns: int) -> None:
    painted: list[str] = []

    def paint(line: Line) -> str:
        painted.append(text_of(line))
        return painted[-1]

    LiveArea(lambda _: None, lambda: (columns, 20), paint=paint).draw([plain(text) for text in texts])
    assert max(map(width, painted), default=0) <= columns


def sixty(cells: Sequence[int]) -> list[str]:
    return [
        f"agent_{number:03d}  {unicodedata.lookup('CHECK MARK')}  {cell:,}"
        for number, cell in enumerate(cells)
    ]


def test_a_picture_that_stands_still_costs_a_slow_line_nothing() -> None:
    terminal = Emulated(columns=120, rows=80)
    terminal.draw(*sixty(range(60)))
    terminal.sent.clear()
    for _ in range(100):
        terminal.draw(*sixty(range(60)))
    assert terminal.sent == []
    terminal.draw(*sixty([*range(59), 5_000]))
    assert len(terminal.sent[0].encode()) < 70
