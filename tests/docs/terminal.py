"""A person at a terminal: what is typed at the prompt, and everything that is then seen."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterable

from tests.command.ual import LONGEST_S, Desk

PROMPTS = (b"> ", b". ")


def session(desk: Desk, typed: Iterable[str]) -> str:
    """Type each line when the prompt is there; the last one must leave."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "palm_ual"],
        cwd=desk.folder,
        env=desk.environment({"TERM": "dumb", "COLUMNS": "200"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    try:
        for line in typed:
            while not seen.endswith(PROMPTS):
                more = _read(ours)
                assert more, f"it left: {seen!r}"
                seen += more
            os.write(ours, line.encode() + b"\n")
            seen += _read(ours)
        while more := _read(ours):
            seen += more
        assert process.wait(LONGEST_S) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return seen.decode().replace("\r", "")


def _read(ours: int) -> bytes:
    """What is there to be read, waiting for it; empty when the other side is closed."""
    ready, _, _ = select.select([ours], [], [], LONGEST_S)
    assert ready, "nothing was said"
    try:
        return os.read(ours, 65536)
    except OSError:  # Linux says so of a terminal that nobody has open any more
        return b""
