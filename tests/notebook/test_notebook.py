"""Cells and lines of UAL in a notebook: on one fleet, with values for Python, and errors without a traceback."""

import gc
import io
import signal
import sys
import threading
import weakref
from pathlib import Path

import pytest
from typing_extensions import override

from palm_ual import notebook
from palm_ual.errors import OutcomeUnknown, UsageError
from palm_ual.model.logs import WrittenLine
from palm_ual.notebook import Asked, Interrupted, StatementFailed, asked
from palm_ual.runtime.clock import monotonic_s, pause_s
from palm_ual.service.fleet_thread import Pause
from palm_ual.store.memory import MemoryJournal
from palm_ual.store.sqlite import open_journal
from tests.notebook.kernel import Notebook, Untyped

# Cells and lines


def test_the_extension_is_loaded_by_its_name(shell: Untyped) -> None:
    assert shell.run_cell("%load_ext palm_ual.notebook").error_in_exec is None
    assert shell.find_cell_magic("ual") is not None
    assert shell.run_cell("%unload_ext palm_ual.notebook").error_in_exec is None
    assert shell.find_cell_magic("ual") is shell.find_line_magic("ual") is None


def test_a_cell_answers_as_the_command_does(cells: Notebook) -> None:
    out = cells.out("%%ual\nDEPLOY buyer COUNT 2\nPALM STATUS")
    assert out.startswith("Deploying 2 buyer agents...\n")
    assert "\n\nFleet Status:\n  Agents: 2 / 100 (capacity)\n" in out


def test_the_fleet_goes_on_between_cells(cells: Notebook) -> None:
    cells.run("%ual DEPLOY buyer COUNT 2")
    (before,) = cells.value("%ual -o json SHOW DEPLOYMENTS")
    cells.run("%ual WAIT 50ms")
    assert cells.out("%ual PALM STATUS").startswith("Fleet Status:\n  Agents: 2 / 100")
    (after,) = cells.value("%ual -o json SHOW DEPLOYMENTS")
    assert before["created_wall_ms"] == after["created_wall_ms"]


def test_braces_dollars_and_quotes_are_the_statements_own(cells: Notebook) -> None:
    cells.run("funding = 7")
    cells.run('%ual DEPLOY buyer AS a WITH {"funding": 100} LABELS {"tier": "$funding {funding}"}')
    (row,) = cells.value("%ual -o json SHOW DEPLOYMENTS WHERE tier = '$funding {funding}'")
    assert row["labels"] == {"tier": "$funding {funding}"}


def test_statements_may_begin_beside_the_magic_of_a_cell(cells: Notebook) -> None:
    out = cells.out("%%ual DEPLOY buyer\n  COUNT 2")
    assert out.startswith("Deploying 2 buyer agents...")


def test_nothing_is_asked_before_something_ends(cells: Notebook) -> None:
    cells.run("%ual DEPLOY buyer")
    assert "Shutdown complete" in cells.out("%ual DELETE buyer-fleet FORCE")


# Values


def test_json_comes_back_as_values(cells: Notebook) -> None:
    cells.run("%ual DEPLOY buyer COUNT 2")
    assert cells.out("rows = %ual -o json SHOW AGENTS ORDER BY agent") == ""
    rows = cells.shell.user_ns["rows"]
    assert [row["agent"] for row in rows] == ["buyer_001", "buyer_002"]


def test_the_values_of_several_statements_are_a_list(cells: Notebook) -> None:
    deployed, status = cells.value("%%ual -o json\nDEPLOY buyer\nPALM STATUS")
    assert deployed["agents"] == ["buyer_001"]
    assert status["agents"] == 1


def test_every_line_of_ndjson_is_a_value(cells: Notebook) -> None:
    events = cells.value("%ual --output=ndjson DEPLOY buyer COUNT 2")
    assert [event["event"] for event in events][:1] == ["deploy_started"]
    assert cells.value("%ual -o ndjson PALM STATUS")[0]["agents"] == 2


def test_the_other_formats_are_text(cells: Notebook) -> None:
    assert cells.out("%ual -o csv SHOW DEPLOYMENTS").startswith("deployment,status,")
    assert "capacity: 100\n" in cells.out("%ual -o yaml PALM STATUS")


def test_a_format_is_for_one_time_and_a_setting_stays(cells: Notebook) -> None:
    cells.run("%ual -o json PALM STATUS")
    assert cells.out("%ual PALM STATUS").startswith("Fleet Status:")
    cells.run("%ual SET output = json")
    assert cells.value("%ual PALM STATUS")["capacity"] == 100


# What goes wrong


def test_a_failed_statement_ends_the_cell_with_its_coded_error(cells: Notebook) -> None:
    error, shown = cells.failure("%%ual\nPALM STATUS\nSCALE nowhere TO 3\nDEPLOY buyer")
    assert isinstance(error, StatementFailed)
    assert error.error.code == "NOT_FOUND"
    assert shown.startswith("Fleet Status:")
    assert 'error[NOT_FOUND]: there is no deployment "nowhere"\n --> line 3, column 7 (cell:3:7)' in shown
    assert "Traceback" not in shown
    assert "notebook.py" not in shown
    assert cells.value("%ual -o json SHOW DEPLOYMENTS") == []


def test_of_a_text_that_is_not_ual_nothing_runs(cells: Notebook) -> None:
    error, shown = cells.failure("%%ual\nDEPLOY buyer\nSCALE buyer-fleet TOO 3")
    assert isinstance(error, StatementFailed)
    assert error.error.code == "UAL_SYNTAX"
    assert "did you mean TO?" in shown
    assert "Deploying" not in shown


def test_a_value_that_is_not_there_is_not_assigned(cells: Notebook) -> None:
    cells.run("rows = 'before'")
    error, _ = cells.failure("rows = %ual -o json BALANCE nobody")
    assert isinstance(error, StatementFailed)
    assert cells.shell.user_ns["rows"] == "before"


def test_what_happened_before_a_failure_is_shown_where_no_value_comes_of_it(cells: Notebook) -> None:
    error, shown = cells.failure("%ual -o ndjson DEPLOY 'broken:Type'")
    assert isinstance(error, StatementFailed)
    assert "Traceback" not in shown


def test_a_home_that_is_held_is_said_with_its_holder_and_tried_again(cells: Notebook, tmp_path: Path) -> None:
    journal = open_journal(
        str(tmp_path / "home"), lock_timeout_s=0.0, holder="somebody", clock=monotonic_s, sleep=pause_s
    )
    error, shown = cells.failure("%ual PALM STATUS")
    journal.close()
    assert isinstance(error, StatementFailed)
    assert error.error.code == "HOME_LOCKED"
    assert "somebody" in shown
    assert "Traceback" not in shown
    assert cells.out("%ual PALM STATUS").startswith("Fleet Status:")


class Mortal(MemoryJournal):
    """Its disk may go."""

    gone = False

    @override
    def commit(self) -> None:
        if self.gone:
            raise OutcomeUnknown("the disk is gone")
        super().commit()


def test_a_fleet_that_can_no_longer_be_written_is_over_and_the_next_cell_opens_it_anew(
    cells: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals: list[Mortal] = []

    def opened(_: Pause) -> Mortal:
        journals.append(Mortal())
        return journals[-1]

    monkeypatch.setattr(notebook, "_journal_of", lambda _: opened)
    cells.run("%ual DEPLOY buyer")
    journals[0].gone = True
    error, shown = cells.failure("%ual DEPLOY buyer")
    assert isinstance(error, StatementFailed)
    assert "error[OUTCOME_UNKNOWN]: " in shown
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 0
    assert len(journals) == 2


def test_the_next_cell_opens_anew_what_a_fault_of_ual_has_ended(
    cells: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(MemoryJournal):
        @override
        def log_tail(self, agent: str, limit: int) -> list[WrittenLine]:
            raise ZeroDivisionError

    journals = [MemoryJournal(), Faulty()]
    monkeypatch.setattr(notebook, "_journal_of", lambda _: lambda _: journals.pop())
    cells.run("%ual DEPLOY buyer")
    error, _ = cells.failure("%ual LOGS buyer_001")
    assert isinstance(error, BaseExceptionGroup)
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 0
    assert journals == []


def test_settings_hold_for_the_statements_behind_them_in_a_cell(cells: Notebook) -> None:
    (status,) = cells.value("%%ual\nSET output = ndjson\nPALM STATUS")
    assert status["capacity"] == 100


def test_nothing_of_the_kernels_own_is_kept_from_being_freed(cells: Notebook) -> None:
    class Knot:
        """Refers to itself: only a collection frees it."""

        def __init__(self) -> None:
            self.itself = self

    seen = weakref.ref(Knot())
    cells.run("%ual PALM STATUS")
    gc.collect()
    assert seen() is None


class Interrupting(io.StringIO):
    """Ctrl-C as soon as something is written."""

    @override
    def write(self, text: str) -> int:
        if "Deploying" in text:
            raise KeyboardInterrupt
        return super().write(text)


def test_an_interruption_stops_the_waiting_and_not_the_work(
    cells: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells.run("%ual PALM STATUS")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Interrupting())
        error, shown = cells.failure("%ual DEPLOY buyer COUNT 3")
    assert isinstance(error, Interrupted)
    assert "note: interrupted: the work was not undone; to undo it: DELETE buyer-fleet" in shown
    assert "Traceback" not in shown
    cells.run("%ual WAIT FOR buyer-fleet COMPLETE")
    assert cells.value("%ual -o json PALM STATUS")["healthy"] == 3


class Looking(io.StringIO):
    """Looks at the process's timer while something is written."""

    left_s = 0.0

    @override
    def write(self, text: str) -> int:
        self.left_s = max(self.left_s, signal.getitimer(signal.ITIMER_REAL)[0])
        return super().write(text)


def test_a_hanging_agent_is_looked_for_while_a_cell_runs_and_the_timer_is_given_back(
    cells: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells.run("%ual PALM STATUS")
    handler, stream = signal.getsignal(signal.SIGALRM), Looking()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stream)
        cells.run("%ual PALM STATUS")
    assert stream.left_s > 0.0
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is handler


def test_a_cell_may_run_in_another_thread(cells: Notebook) -> None:
    found: list[object] = []
    magic = cells.magic()
    magic("PALM STATUS")
    thread = threading.Thread(target=lambda: found.append(magic("-o json PALM STATUS")))
    thread.start()
    thread.join()
    assert [status["agents"] for status in found if isinstance(status, dict)] == [0]


# Homes


def test_a_home_that_is_named_is_kept_to(cells: Notebook, tmp_path: Path) -> None:
    cells.run(f"%ual --home '{tmp_path / 'an other'}' DEPLOY buyer COUNT 2")
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 2
    cells.run("%ual EXIT")
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 2
    cells.run(f"%ual --home {tmp_path / 'home'}")
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 0


def test_an_ephemeral_fleet_leaves_nothing(cells: Notebook, tmp_path: Path) -> None:
    cells.run("%ual --ephemeral DEPLOY buyer")
    assert cells.value("%ual --ephemeral -o json PALM STATUS")["agents"] == 1
    cells.run("%ual EXIT")
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 0
    assert list(tmp_path.iterdir()) == []


def test_what_ends_the_kernel_suspends_the_fleet(cells: Notebook, tmp_path: Path) -> None:
    cells.run("%ual DEPLOY buyer COUNT 2")
    notebook.put_away_at_exit(cells.magic())
    journal = open_journal(
        str(tmp_path / "home"), lock_timeout_s=0.0, holder="the next", clock=monotonic_s, sleep=pause_s
    )
    journal.close()
    assert cells.value("%ual -o json PALM STATUS")["agents"] == 2


# Options


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", Asked("")),
        ("  SHOW AGENTS  ", Asked("SHOW AGENTS")),
        ("-o json SHOW AGENTS", Asked("SHOW AGENTS", output="json")),
        ("--output=csv  SHOW AGENTS", Asked("SHOW AGENTS", output="csv")),
        ("--home 'my fleet' PALM STATUS", Asked("PALM STATUS", home="my fleet")),
        ('--home="my fleet"', Asked("", home="my fleet")),
        ("--ephemeral -o yaml LOGS buyer_001", Asked("LOGS buyer_001", ephemeral=True, output="yaml")),
        ("-- a comment", Asked("-- a comment")),
        ("DESCRIBE f --home x", Asked("DESCRIBE f --home x")),
        ("SCALE f TO 3 -o json", Asked("SCALE f TO 3 -o json")),
    ],
)
def test_options_stand_before_the_statements(line: str, wanted: Asked) -> None:
    assert asked(line) == wanted


@pytest.mark.parametrize(
    "line",
    [
        *("-x", "--nonsense SHOW AGENTS", "--home", "-o", "-o xml SHOW AGENTS", "--home 'never closed"),
        *("--ephemeral=yes", "--ephemeral --home x", "--no-rc", "-"),
    ],
)
def test_wrong_options_are_an_error(line: str) -> None:
    with pytest.raises(UsageError):
        asked(line)


def test_wrong_options_end_the_line_with_a_coded_error(cells: Notebook) -> None:
    error, shown = cells.failure("%ual -x SHOW AGENTS")
    assert isinstance(error, StatementFailed)
    assert "error[USAGE]: " in shown
