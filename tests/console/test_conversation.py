"""What comes of what is typed, whatever it is typed with."""

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from palm_ual.console.commands import Entry
from palm_ual.console.prompt.conversation import Conversation
from palm_ual.console.runs.script import ScriptRun
from palm_ual.console.writer import Output
from palm_ual.errors import CommitFailed, HomeError, OutcomeUnknown, UsageError
from palm_ual.service.fleet_thread import FleetThread
from palm_ual.service.session import Session
from palm_ual.store.memory import MemoryJournal


class Typist:
    """Somebody who types these texts one after another, and then leaves. None stands for Ctrl-C."""

    keys: tuple[Entry, ...] = (Entry("any key", "does nothing"),)

    def __init__(self, *texts: str | None) -> None:
        self._texts: Iterator[str | None] = iter(texts)
        self.drafts: list[str] = []

    def read(self, draft: str) -> str:
        self.drafts.append(draft)
        try:
            text = next(self._texts)
        except StopIteration:
            raise EOFError from None
        if text is None:
            raise KeyboardInterrupt
        return text

    def edited(self, text: str) -> str:
        if not text:
            raise UsageError("there is nothing to edit")
        return f"-- edited\n{text}"


class Talk:
    """A conversation that was held to its end."""

    def __init__(
        self, *texts: str | None, source: Path | None = None, journal: MemoryJournal | None = None
    ) -> None:
        both = io.BytesIO()
        out, err = (io.TextIOWrapper(both, encoding="utf-8") for _ in range(2))
        self.session = Session()
        self.typist = Typist(*texts)
        self.seconds = iter(range(0, 1000, 2))
        run = ScriptRun(Output(out, err, {}), self.session)
        fleet = FleetThread(lambda _: journal or MemoryJournal(), directories=())
        fleet.start()
        try:
            conversation = Conversation(run, fleet, self.typist, clock_s=lambda: next(self.seconds))
            if source is not None:
                conversation.source(str(source))
            conversation.hold()
        finally:
            fleet.stop()
        self.shown = both.getvalue().decode()


def test_what_is_typed_runs_and_is_answered() -> None:
    talk = Talk("DEPLOY buyer COUNT 2", "SHOW DEPLOYMENTS")
    assert "✓ buyer_002 - Ready" in talk.shown
    assert "buyer-fleet" in talk.shown


def test_a_failed_statement_stops_what_was_typed_behind_it_and_nothing_else() -> None:
    talk = Talk("SCALE x TO 3; DEPLOY buyer", "DEPLOY seller")
    assert 'error[NOT_FOUND]: there is no deployment "x"' in talk.shown
    assert "buyer_001" not in talk.shown
    assert "seller_001" in talk.shown


def test_a_mistake_anywhere_in_a_text_runs_nothing_of_it() -> None:
    talk = Talk("DEPLOY buyer; SCALE x TOO 3")
    assert "error[UAL_SYNTAX]" in talk.shown
    assert "Deploying" not in talk.shown


def test_what_was_dropped_is_gone_and_the_conversation_goes_on() -> None:
    assert "Fleet Status:" in Talk(None, "PALM STATUS").shown


@pytest.mark.parametrize("leaving", ["EXIT", "quit;", "\\q"])
def test_leaving_leaves(leaving: str) -> None:
    talk = Talk(leaving, "PALM STATUS")
    assert talk.shown == ""
    assert talk.typist.drafts == [""]


def test_a_bare_exit_in_a_statement_is_answered_and_the_statement_is_still_there() -> None:
    talk = Talk("SCALE x TO\nexit", None)
    assert talk.shown == "note: the statement is not finished: Ctrl-C drops it, Ctrl-D leaves\n"
    assert talk.typist.drafts == ["", "SCALE x TO\n", ""]


def test_a_command_in_a_statement_leaves_the_statement_as_it_is() -> None:
    talk = Talk("SCALE x TO\n\\?", None)
    assert "  any key   does nothing\n" in talk.shown
    assert talk.typist.drafts == ["", "SCALE x TO\n", ""]


def test_an_unknown_command_says_which_there_are_and_keeps_what_stands_before_it() -> None:
    talk = Talk("SCALE x TO\n\\d")
    assert 'there is no "\\d" here' in talk.shown
    assert talk.typist.drafts == ["", "SCALE x TO\n"]


def test_timing_is_said_of_every_statement_from_then_on() -> None:
    talk = Talk("PALM STATUS", "\\timing", "PALM STATUS; FLEET STATUS", "\\timing", "PALM STATUS")
    assert talk.shown.count("note: took 2000.0ms\n") == 2
    assert "note: timing is on\n" in talk.shown
    assert "note: timing is off\n" in talk.shown


def test_the_editor_gets_the_draft_or_else_what_was_run_last() -> None:
    talk = Talk("PALM STATUS", "\\e", None, "SCALE x\n\\e", None)
    assert talk.typist.drafts == ["", "", "-- edited\nPALM STATUS", "", "-- edited\nSCALE x", ""]


def test_where_nothing_can_be_edited_nothing_is_lost() -> None:
    talk = Talk("\\e")
    assert "error[USAGE]: there is nothing to edit" in talk.shown


def test_watch_needs_something_that_was_asked() -> None:
    talk = Talk("DEPLOY buyer", "FLEET STATSU", "\\watch 1")
    assert "error[USAGE]: there is nothing to watch yet" in talk.shown


def test_watch_repeats_what_was_looked_at_last_whatever_was_typed_since() -> None:
    talk = Talk("SHOW AGENTS", "DEPLOY buyer", "FLEET STATSU", "\\watch 1s", "DELETE buyer-fleet\n\\watch 1")
    assert "error[USAGE]: \\watch takes a number of seconds" in talk.shown
    assert "error[USAGE]: only what looks can be watched" in talk.shown


def test_a_file_that_is_run_first_is_as_if_it_were_typed(tmp_path: Path) -> None:
    startup = tmp_path / "startup.ual"
    startup.write_text("SET ticks = all\nSET confirm = off\n")
    talk = Talk("PALM STATUS", source=startup)
    assert talk.session.ticks == "all"
    assert talk.shown.startswith("ticks = all")


def test_a_file_that_cannot_be_run_is_said_and_the_conversation_goes_on(tmp_path: Path) -> None:
    startup = tmp_path / "startup.ual"
    startup.write_text("SET ticks = all\nSETT x\n")
    talk = Talk("PALM STATUS", source=startup)
    assert "startup.ual:2:1" in talk.shown
    assert "Fleet Status:" in talk.shown
    assert talk.session.ticks == "some"


class Failing(MemoryJournal):
    """Fails once, when the first statement is written to it."""

    def __init__(self, error: HomeError) -> None:
        super().__init__()
        self._errors: list[HomeError | None] = [error, None]  # the last is for what opens it

    @override
    def commit(self) -> None:
        error = self._errors.pop() if self._errors else None
        if error is not None:
            raise error
        super().commit()


def test_a_disk_that_is_full_fails_a_statement_and_the_conversation_goes_on() -> None:
    journal = Failing(CommitFailed("no room"))
    talk = Talk("DEPLOY buyer", "PALM STATUS", journal=journal)
    assert "error[COMMIT_FAILED]: no room" in talk.shown
    assert "Fleet Status:" in talk.shown


def test_a_home_that_is_lost_ends_the_conversation() -> None:
    with pytest.raises(OutcomeUnknown):
        Talk("DEPLOY buyer", "PALM STATUS", journal=Failing(OutcomeUnknown("nobody knows")))


def test_a_watch_ends_once_nobody_reads_the_pipe_though_nothing_changes() -> None:
    reading, writing = os.pipe()

    def read_a_little() -> None:
        os.read(reading, 1)
        os.close(reading)

    with open(writing, "w", encoding="utf-8") as out, io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as err:
        fleet = FleetThread(lambda _: MemoryJournal(), directories=())
        run = ScriptRun(Output(out, err, {}), Session())
        conversation = Conversation(
            run, fleet, Typist("WATCH SHOW SETTINGS EVERY 100ms"), clock_s=lambda: 0.0
        )
        reader = threading.Thread(target=read_a_little)
        reader.start()
        fleet.start()
        with pytest.raises(BrokenPipeError):
            conversation.hold()
        reader.join()
        fleet.stop()
