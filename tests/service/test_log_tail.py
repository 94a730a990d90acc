"""One agent's lines, while nobody takes them."""

import pytest

from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.model.logs import WrittenLine
from palm_ual.runtime.registry import Committed
from palm_ual.service.log_tail import LogTail
from tests.runtime.palms import Fleet, on_palm


def written(first: int, last: int, *, agent: str = "buyer_001") -> Committed:
    return Committed([], [WrittenLine(agent, number, str(number)) for number in range(first, last)])


@pytest.mark.parametrize("length", [LOG_LINES_PER_AGENT_MAX + more for more in (-1, 0, 1, 500)])
def test_the_newest_lines_are_kept_as_a_log_keeps_them(length: int) -> None:
    async def main(fleet: Fleet) -> None:
        with LogTail(fleet.palm, "buyer_001") as tail:
            for first in range(0, length, 100):
                tail.deliver(written(first, min(first + 100, length)))
                tail.deliver(written(0, 100, agent="buyer_002"))
            kept = await tail.next()
        newest = range(max(0, length - LOG_LINES_PER_AGENT_MAX), length)
        assert [line.text for line in kept.lines] == [str(number) for number in newest]

    on_palm(main)


def test_nothing_else_is_kept() -> None:
    async def main(fleet: Fleet) -> None:
        with LogTail(fleet.palm, "buyer_001") as tail:
            await fleet.do("DEPLOY buyer COUNT 2; SCALE buyer-fleet TO 1")
            assert tail.taken() == Committed([], [])

    on_palm(main)
