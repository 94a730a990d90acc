"""Completion: what the menu offers, and which key takes it."""

from collections.abc import Callable

import pytest

from tests.command.ual import Desk
from tests.shell.conftest import OpenTerminal
from tests.shell.terminal import PROMPT, Terminal


def menu(terminal: Terminal) -> list[str]:
    """What stands between the line that is being typed and the bar."""
    rows = [row.strip() for row in terminal.lines[terminal.screen.cursor.y + 1 :] if row.strip()]
    return rows[:-1]


def menu_is_open(terminal: Terminal) -> bool:
    return bool(menu(terminal))


def offers(*words: str) -> Callable[[Terminal], bool]:
    """Whether the menu has an entry that begins with each of the words."""

    def look(terminal: Terminal) -> bool:
        entries = menu(terminal)
        return all(any(entry.startswith(word) for entry in entries) for word in words)

    return look


def chosen(terminal: Terminal) -> str:
    """The line that is being typed, with what the menu has put in."""
    return terminal.line.removeprefix(PROMPT).strip()


def fleet(desk: Desk) -> None:
    ran = desk.call(
        "-c",
        'DEPLOY buyer COUNT 3 AS trading-fleet-v1 LABELS {"tier": "gold"};'
        "DEPLOY seller COUNT 2 AS trading-fleet-v2; DEPLOY arbiter AS court",
    )
    assert ran.status == 0


@pytest.fixture
def with_fleet(desk: Desk, open_terminal: OpenTerminal) -> Terminal:
    """A session on a home that has three deployments."""
    fleet(desk)
    terminal = open_terminal()
    terminal.wait_for("6/100 agents")
    return terminal


def test_a_menu_comes_while_typing_and_says_what_its_entries_are(terminal: Terminal) -> None:
    terminal.type("DEPL")
    terminal.wait_for(offers("DEPLOY"))
    entry = next(entry for entry in menu(terminal) if entry.startswith("DEPLOY"))
    assert len(entry.split()) > 2


def test_what_is_typed_before_the_home_is_open_is_completed_when_it_is(terminal: Terminal) -> None:
    terminal.type("DEPLOY se")
    terminal.wait_for(offers("seller"))


def test_tab_completes(terminal: Terminal) -> None:
    terminal.type("PALM STA")
    terminal.key("tab")
    terminal.wait_for(lambda seen: chosen(seen).startswith("PALM STATUS"))
    terminal.key("enter", "enter")
    terminal.wait_for("Fleet Status:")


def test_an_enter_that_comes_with_tab_runs_what_tab_has_made(terminal: Terminal) -> None:
    terminal.type("PALM ST\t\r")
    terminal.wait_for("Fleet Status:")
    terminal.wait_for_prompt()
    assert "error" not in terminal.text


def test_an_enter_that_comes_with_tab_runs_what_was_typed_where_that_is_no_word_s_beginning(
    terminal: Terminal,
) -> None:
    terminal.type("PALM STAUTS\t\r")
    terminal.wait_for("did you mean STATUS?")
    terminal.wait_for_prompt()


def test_enter_takes_a_chosen_entry_and_does_not_run(terminal: Terminal) -> None:
    terminal.type("SHOW ")
    terminal.wait_for(offers("DEPLOYMENTS"))
    terminal.key("down")
    terminal.wait_for(lambda seen: len(chosen(seen)) > len("SHOW "))
    taken = chosen(terminal)
    terminal.key("enter")
    terminal.wait_for(lambda seen: not menu(seen))
    assert chosen(terminal) == taken
    assert terminal.keeps(lambda seen: chosen(seen) == taken, for_s=0.2)
    terminal.key("enter")
    terminal.wait_for_prompt()


def test_enter_runs_what_is_typed_while_the_menu_is_open_and_nothing_is_chosen(terminal: Terminal) -> None:
    terminal.type("SHOW SETTINGS")
    terminal.type(" ")
    terminal.wait_for(menu_is_open)
    terminal.key("enter")
    terminal.wait_for("output")
    terminal.wait_for_prompt()


def test_the_arrows_go_through_the_entries_and_shift_tab_goes_back(terminal: Terminal) -> None:
    terminal.type("SHOW ")
    terminal.wait_for(offers("AGENTS", "EVENTS"))
    terminal.key("down")
    terminal.wait_for(lambda seen: len(chosen(seen).split()) == 2)
    first = chosen(terminal)
    terminal.key("tab")
    terminal.wait_for(lambda seen: chosen(seen) != first)
    terminal.key("shift-tab")
    terminal.wait_for(lambda seen: chosen(seen) == first)


def test_deployments_are_offered_with_what_they_are(with_fleet: Terminal) -> None:
    with_fleet.type("SCALE ")
    with_fleet.wait_for(offers("trading-fleet-v1", "trading-fleet-v2", "court"))
    entry = next(entry for entry in menu(with_fleet) if entry.startswith("trading-fleet-v1"))
    assert "buyer" in entry


def test_names_are_found_by_some_of_their_letters(with_fleet: Terminal) -> None:
    with_fleet.type("SCALE tfv2")
    with_fleet.wait_for(offers("trading-fleet-v2"))
    with_fleet.key("tab")
    with_fleet.wait_for(lambda seen: chosen(seen).startswith("SCALE trading-fleet-v2"))


def test_agents_labels_and_fields_are_offered(with_fleet: Terminal) -> None:
    with_fleet.type("DESCRIBE buyer_")
    with_fleet.wait_for(offers("buyer_001", "buyer_003"))
    with_fleet.key("ctrl-c")
    with_fleet.wait_for_prompt()
    with_fleet.type("SHOW AGENTS WHERE hea")
    with_fleet.wait_for(offers("health"))
    with_fleet.key("ctrl-c")
    with_fleet.wait_for_prompt()
    with_fleet.type("SHOW AGENTS WHERE ti")
    with_fleet.wait_for(offers("tier"))


def test_a_name_that_was_just_given_is_offered(with_fleet: Terminal) -> None:
    with_fleet.run("DEPLOY buyer AS fresh-fleet")
    with_fleet.type("DELETE fre")
    with_fleet.wait_for(offers("fresh-fleet"))


def test_config_keys_and_their_values_are_offered(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    terminal.type('DEPLOY buyer WITH {"fu')
    terminal.wait_for(lambda seen: any("funding" in entry for entry in menu(seen)))
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    terminal.type('DEPLOY buyer WITH {"strategy": ')
    terminal.wait_for(lambda seen: any("conservative" in entry for entry in menu(seen)))


def test_settings_and_their_values_are_offered(terminal: Terminal) -> None:
    terminal.type("SET ou")
    terminal.wait_for(offers("output"))
    terminal.type("tput = ")
    terminal.wait_for(offers("json", "csv"))


def test_files_are_offered(desk: Desk, terminal: Terminal) -> None:
    desk.write("morning.ual", "PALM STATUS")
    terminal.type("SOURCE 'mor")
    terminal.wait_for(lambda seen: any("morning.ual" in entry for entry in menu(seen)))
    terminal.key("tab")
    terminal.wait_for(lambda seen: "morning.ual" in chosen(seen))


def test_types_and_statements_after_help_are_offered(terminal: Terminal) -> None:
    terminal.wait_for("0/100 agents")
    terminal.type("DEPLOY se")
    terminal.wait_for(offers("seller"))
    terminal.key("ctrl-c")
    terminal.wait_for_prompt()
    terminal.type("HELP SCA")
    terminal.wait_for(offers("SCALE"))


def test_the_continuation_of_a_statement_is_completed(terminal: Terminal) -> None:
    terminal.type("DEPLOY buyer\x1b\rCOU")
    terminal.wait_for(offers("COUNT"))


def test_nothing_is_offered_in_a_comment(terminal: Terminal) -> None:
    terminal.write("PALM STATUS -- DEPL")
    assert terminal.keeps(lambda seen: not menu(seen), for_s=0.4)


def test_the_menu_goes_away_with_what_was_typed(terminal: Terminal) -> None:
    terminal.type("DEPL")
    terminal.wait_for(menu_is_open)
    terminal.interrupt()
    terminal.wait_for_prompt()
    assert menu(terminal) == []


def test_the_menu_at_the_bottom_of_the_screen_hides_neither_the_line_nor_the_bar(
    open_terminal: OpenTerminal,
) -> None:
    terminal = open_terminal(rows=12)
    terminal.wait_for_prompt()
    terminal.run("SHOW SETTINGS")
    terminal.type("SHOW ")
    terminal.wait_for(menu_is_open)
    assert f"{PROMPT} SHOW" in terminal.line
    terminal.wait_for("0/100 agents")
    assert menu_is_open(terminal)
