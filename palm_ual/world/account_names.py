"""Names of accounts: an agent's id, a deployment's name, and the home's own."""

from typing import Literal, TypeAlias

from palm_ual.errors import NotFound
from palm_ual.market.accounts import Case
from palm_ual.model.ids import split_agent_id
from palm_ual.model.nearest import nearest
from palm_ual.world.lookup import Found, name_of, resolve
from palm_ual.world.records import World

HomeAccount: TypeAlias = Literal["treasury", "house", "issuer"]
HOME_ACCOUNTS: tuple[HomeAccount, ...] = ("treasury", "house", "issuer")
AnyAccount: TypeAlias = "Found | Case | HomeAccount"
_ESCROW = "escrow-"


def home_account(name: str) -> HomeAccount | None:
    """Which of the home's three accounts is called that, whatever the case."""
    return next((known for known in HOME_ACCOUNTS if known == name.lower()), None)


def escrow_name(number: int) -> str:
    """`escrow-17`"""
    return f"{_ESCROW}{number}"


def escrow_number(name: str) -> int | None:
    """The inverse of `escrow_name`, whatever the case; None where it is no such name."""
    digits = name[len(_ESCROW) :]
    if not name.lower().startswith(_ESCROW) or not (digits.isascii() and digits.isdecimal()):
        return None
    return int(digits) if digits[0] != "0" else None


def account_name(account: AnyAccount) -> str:
    """How an account is called; the inverse of `resolve_account`."""
    if isinstance(account, Found):
        return name_of(account)
    return escrow_name(account.id) if isinstance(account, Case) else account


def is_account_of_the_home(name: str) -> bool:
    """Whether a name means an account of the home, so that no deployment may have it."""
    return home_account(name) is not None or escrow_number(name) is not None


def resolve_account(world: World, name: str) -> AnyAccount:
    """Whose account a name means. Cases are found only where the whole world was loaded.

    Raises:
        NotFound: nobody's; with the nearest name.
    """
    if (own := home_account(name)) is not None:
        return own
    if (number := escrow_number(name)) is not None:
        return _resolve_escrow(world, number, name)
    try:
        return resolve(world, name)
    except NotFound:
        parts = split_agent_id(name)
        if parts is not None and world.number_used(*parts):
            raise  # it says that the agent has ended
    near = nearest(name, [*HOME_ACCOUNTS, *(deployment.name for deployment in world.deployments.values())])
    hint = "SHOW ACCOUNTS lists them all" if near is None else f"did you mean {near}?"
    raise NotFound(f'there is no account "{name}"', hint=hint, word=name)


def _resolve_escrow(world: World, number: int, name: str) -> Case:
    case = world.market.desk.cases.get(number)
    if case is not None:
        return case
    if number < world.market.desk.next_case:
        raise NotFound(f"{escrow_name(number)} is settled: it holds nothing any more", word=name)
    raise NotFound(
        f'there is no account "{name}"', hint="SHOW ACCOUNTS WHERE kind = escrow lists those", word=name
    )
