"""The lines of one agent's log, as they come."""

from typing_extensions import override

from palm_ual.model.limits import LOG_LINES_PER_AGENT_MAX
from palm_ual.runtime.palm import Follower, Palm
from palm_ual.runtime.registry import Committed


class LogTail(Follower):
    """Keeps nothing else of what is committed, and while nobody looks no more lines than the log itself does."""

    def __init__(self, palm: Palm, agent: str) -> None:
        super().__init__(palm)
        self._agent = agent

    @override
    def deliver(self, committed: Committed) -> None:
        super().deliver(Committed([], [line for line in committed.lines if line.agent == self._agent]))
        del self._lines[:-LOG_LINES_PER_AGENT_MAX]
