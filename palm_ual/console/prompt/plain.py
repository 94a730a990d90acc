"""The plain prompt, for a terminal that cannot move its cursor: it reads lines, and runs what they make."""

import contextlib
import select
import sys

from typing_extensions import override

from palm_ual.console.commands import CTRL_C, CTRL_D, ENTER
from palm_ual.console.prompt.conversation import Reader
from palm_ual.console.prompt.typed import CONTINUATION, PROMPT, is_for_enter
from palm_ual.errors import UsageError


class PlainPrompt(Reader):
    """Reads with the keys that readline gives; without a menu, colours or a bar."""

    keys = (ENTER, CTRL_C, CTRL_D)

    def __init__(self) -> None:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives input() its editing keys

    @override
    def edited(self, text: str) -> str:
        raise UsageError("there is no editor at a plain prompt")

    @override
    def read(self, draft: str) -> str:
        """Lines that are there already were pasted: they belong together, whatever each of them makes."""
        lines = draft.split("\n")[:-1] if draft.endswith("\n") else draft.split("\n") if draft else []
        try:
            while True:
                lines.append(input(CONTINUATION if lines else PROMPT))
                if not _is_waiting() and is_for_enter("\n".join(lines)):
                    return "\n".join(lines)
        except KeyboardInterrupt:
            print()  # noqa: T201
            raise
        except EOFError:
            print()  # noqa: T201
            if not lines:
                raise
            return "\n".join(lines)


def _is_waiting() -> bool:
    """Whether something was typed or pasted and not read yet."""
    return bool(select.select([sys.stdin], [], [], 0)[0])
