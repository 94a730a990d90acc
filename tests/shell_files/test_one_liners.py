"""Whoever does not type at a prompt has nothing of the prompt's files: they are neither read nor written."""

import pytest

from tests.command.ual import ROADS, Desk


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("program", ["PALM STATUS", "DEPLOY buyer; SHOW AGENTS", "DEPLOY byer", "SELECT"])
def test_a_program_neither_reads_nor_writes_the_prompts_files(desk: Desk, road: str, program: str) -> None:
    alone = desk.run_by(road, program, "--ephemeral", "--clock", "virtual")
    assert not (desk.folder / "user").exists()
    config = desk.folder / "user" / ".config" / "ual"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("this is = = broken")
    (config / "startup.ual").write_text("DEPLOY arbiter COUNT 7; this is broken")
    assert desk.run_by(road, program, "--ephemeral", "--clock", "virtual") == alone
    assert desk.run_by(road, program, "--ephemeral", "--clock", "virtual", "--no-rc") == alone
    assert sorted(path.name for path in (desk.folder / "user").rglob("*")) == [
        ".config",
        "config.toml",
        "startup.ual",
        "ual",
    ]
