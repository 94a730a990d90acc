"""From text to statements."""

from palm_ual.errors import LimitExceeded
from palm_ual.lang.machine import Stuck
from palm_ual.lang.reader import machine
from palm_ual.lang.statements import AnyStatement
from palm_ual.lang.value_actions import Reading
from palm_ual.model.limits import SCRIPT_BYTES_MAX


def parse(text: str) -> tuple[AnyStatement, ...]:
    """All statements of a text, in order, each with its span in it; nothing of it has run.

    Raises:
        UalSyntaxError: not UAL; UnfinishedStatement where only something at the end is missing.
        InvalidValue: a number, text or name that is out of its range.
        LimitExceeded: too long, too deep, or too many statements.
    """
    check_size(text)
    try:
        statements: tuple[AnyStatement, ...] = machine().run(text, Reading())
    except Stuck:
        from palm_ual.lang.diagnostics import diagnosed

        raise diagnosed(text, machine()) from None
    return statements


def check_size(text: str) -> None:
    """Refuses a text that is too long, before anything else is done with it."""
    if len(text) <= SCRIPT_BYTES_MAX // 4:
        return
    if len(text) > SCRIPT_BYTES_MAX or len(text.encode("utf-8", "surrogatepass")) > SCRIPT_BYTES_MAX:
        raise LimitExceeded(f"a script may have at most {SCRIPT_BYTES_MAX:,} bytes").at(0, 1)
