"""The example of a type of one's own does what it says, in a fleet: in virtual time, and through `kill -9`."""

import asyncio
import functools
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from examples.file_watch import FileWatch, FileWatchConfig
from palm_ual.agents.chance import Chance
from palm_ual.agents.contract import HealthReport, Sight
from palm_ual.engines.inprocess import InProcessEngine
from palm_ual.errors import InvalidValue
from palm_ual.lang.parser import parse
from palm_ual.model.results import (
    AgentsTerminated,
    FleetStatusShown,
    LogShown,
    ResultEvent,
    TableShown,
)
from palm_ual.runtime.catalog import Catalog
from palm_ual.runtime.clock import VIRTUAL
from palm_ual.runtime.palm import open_palm
from palm_ual.runtime.virtual_loop import VirtualLoop
from palm_ual.service.execute import execute
from palm_ual.service.session import Session
from palm_ual.store.memory import MemoryJournal
from tests.command.ual import ROOT, Desk

EXAMPLES = ROOT / "examples"
Do: TypeAlias = Callable[[str], Awaitable[list[ResultEvent]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the files a and b."""
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "a").write_text("one")
    (watched / "b").write_text("two")
    return watched


def with_fleet(journal: MemoryJournal, work: Callable[[Do], Awaitable[None]]) -> None:
    """Resume the fleet of a journal in virtual time, work with it, and suspend it."""

    async def run() -> None:
        async with open_palm(
            journal,
            engine=InProcessEngine(0),
            catalog=Catalog([str(EXAMPLES)]),
            clocks=VIRTUAL,
        ) as palm:
            session = Session()

            async def do(text: str) -> list[ResultEvent]:
                return [
                    event
                    for statement in parse(text)
                    async for event in execute(palm, statement, session)  # type: ignore[arg-type]
                ]

            await work(do)

    with asyncio.Runner(loop_factory=functools.partial(VirtualLoop, 0)) as runner:
        runner.run(run())


def deploy(folder: Path, more: str = "") -> str:
    return f'DEPLOY \'file_watch:FileWatch\' AS watcher WITH {{"folder": "{folder}", "every": 60{more}}}'


def checked(folder: Path, **more: object) -> FileWatchConfig:
    """A config as WITH gives it."""
    return FileWatchConfig.model_validate({"folder": str(folder), **more})


async def log(do: Do) -> list[str]:
    (shown,) = await do("LOGS file_watch_001")
    assert isinstance(shown, LogShown)
    return [line.text for line in shown.lines]


async def health(do: Do) -> tuple[object, object]:
    """Health and reason of the agent, as SHOW AGENTS has them."""
    (table,) = await do("SHOW AGENTS")
    assert isinstance(table, TableShown)
    row = dict(zip((column.name for column in table.columns), table.rows[0], strict=True))
    return row["health"], row["reason"]


def test_a_file_that_appears_changes_or_vanishes_is_logged(folder: Path) -> None:
    async def work(do: Do) -> None:
        await do(deploy(folder))
        assert await log(do) == ["watching 2 files"]
        (folder / "c").write_text("three")
        await do("WAIT 61s")
        (folder / "a").write_text("ONE")
        (folder / "b").unlink()
        await do("WAIT 61s")
        await do("WAIT 1h")
        assert await log(do) == ["watching 2 files", "appeared: c", "vanished: b", "changed: a"]

    with_fleet(MemoryJournal(), work)


def test_what_happened_while_the_fleet_was_suspended_is_noticed_when_it_goes_on(folder: Path) -> None:
    async def before(do: Do) -> None:
        await do(deploy(folder) + " WAIT 30s")

    async def after(do: Do) -> None:
        await do("WAIT 28s")
        assert await log(do) == ["watching 2 files"]
        await do("WAIT 3s")
        assert await log(do) == ["watching 2 files", "vanished: b", "changed: a"]

    journal = MemoryJournal()
    with_fleet(journal, before)
    (folder / "a").write_text("ONE")
    (folder / "b").unlink()
    with_fleet(journal, after)


def test_a_folder_that_cannot_be_read_degrades_the_agent_and_loses_nothing(folder: Path) -> None:
    aside = folder.with_name("aside")

    async def work(do: Do) -> None:
        await do(deploy(folder))
        os.rename(folder, aside)
        await do("WAIT 61s")
        assert await health(do) == ("degraded", f"cannot read {folder}: No such file or directory")
        (status,) = await do("FLEET STATUS watcher")
        assert isinstance(status, FleetStatusShown)
        assert (status.status, status.degraded) == ("DEGRADED", 1)
        os.rename(aside, folder)
        await do("WAIT 61s")
        assert await health(do) == ("healthy", "")
        assert await log(do) == ["watching 2 files"]

    with_fleet(MemoryJournal(), work)


def test_a_file_that_turns_into_something_else_while_it_is_read_is_reported(folder: Path) -> None:
    """Between two steps of one pass, which no statement could hit."""
    watch = FileWatch(checked(folder, files_per_step=1))
    sight, chance = Sight("file_watch", 1, 0), Chance(0)
    state = watch.start(sight, chance)
    watch.step(state, sight, chance)
    assert [owed.text for owed in watch.obligations(state, sight)] == ["the rest of a pass (1 file)"]
    (folder / "b").unlink()
    (folder / "b").mkdir()
    watch.drain(state, sight, chance)
    assert watch.obligations(state, sight) == []
    assert watch.health(state, sight) == HealthReport("degraded", "cannot read b: Is a directory")


@pytest.mark.parametrize(("force", "dropped", "lines"), [("", 0, ["watching 30 files"]), (" FORCE", 1, [])])
def test_a_pass_that_was_begun_is_finished_before_the_agent_ends(
    folder: Path, force: str, dropped: int, lines: list[str]
) -> None:
    for number in range(28):
        (folder / f"{number}").touch()

    async def work(do: Do) -> None:
        await do(deploy(folder, ', "files_per_step": 1'))
        (ended,) = [
            event for event in await do(f"DELETE watcher{force}") if isinstance(event, AgentsTerminated)
        ]
        assert ended.dropped == dropped
        assert await log(do) == lines

    with_fleet(MemoryJournal(), work)


def test_a_pass_goes_on_after_a_suspension_where_it_was(folder: Path) -> None:
    for number in range(28):
        (folder / f"{number}").touch()

    async def before(do: Do) -> None:
        await do(deploy(folder, ', "files_per_step": 1'))
        assert await log(do) == []

    async def after(do: Do) -> None:
        await do("WAIT 1s")
        assert await log(do) == ["watching 30 files"]

    journal = MemoryJournal()
    with_fleet(journal, before)
    with_fleet(journal, after)


def test_other_names_folders_links_and_names_that_are_no_text_are_left_alone(folder: Path) -> None:
    (folder / "inside.txt").mkdir()
    (folder / "link.txt").symlink_to(folder / "a")
    (folder / "a.txt").touch()
    with open(os.fsencode(folder) + b"/\xff.txt", "wb"):
        pass

    async def work(do: Do) -> None:
        await do(deploy(folder, ', "pattern": "*.txt"'))
        assert await log(do) == ["watching 1 file"]

    with_fleet(MemoryJournal(), work)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (', "files_per_step": 0', 'config key "files_per_step" must be a whole number from 1 to 1,000'),
        (', "read_limit": "1"', 'config key "read_limit" must be a whole number from 1 to 100,000,000'),
        (', "pattern": ""', 'config key "pattern" must be a text of 1 to 200 characters'),
    ],
)
def test_a_config_out_of_its_bounds_is_refused(folder: Path, more: str, problem: str) -> None:
    async def work(do: Do) -> None:
        with pytest.raises(InvalidValue) as caught:
            await do(deploy(folder, more))
        assert caught.value.message == problem

    with_fleet(MemoryJournal(), work)


def test_the_next_command_goes_on_after_a_kill(desk: Desk, folder: Path) -> None:
    deployed = desk.run(
        "-c", f'DEPLOY \'examples.file_watch:FileWatch\' WITH {{"folder": "{folder}", "every": 1}}'
    )
    assert deployed.status == 0, deployed.err
    watching = desk.start("-c", "LOGS file_watch_001 FOLLOW", stderr=subprocess.DEVNULL)
    assert watching.stdout is not None
    assert watching.stdout.readline().endswith(b"watching 2 files\n")
    (folder / "a").write_text("ONE")
    assert watching.stdout.readline().endswith(b"changed: a\n")
    watching.send_signal(signal.SIGKILL)
    watching.communicate()
    (folder / "b").unlink()
    lines = [line[14:] for line in desk.run("-c", "WAIT 2s; LOGS file_watch_001").out.splitlines()]
    # Its log is whole; its state is the one it was put away with, so it finds the change of a once more.
    assert lines == ["watching 2 files", "changed: a", "vanished: b", "changed: a"]
