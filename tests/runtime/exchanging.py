"""A floor with two clerks, and what each attempt of theirs leaves in the journal."""

from collections.abc import Callable

from palm_ual.market.accounts import Trading
from palm_ual.runtime.folding import fold
from palm_ual.world.check import check
from palm_ual.world.snapshot import same_world
from tests.runtime.palms import Fleet, on_palm
from tests.service.floor import agent, bid, carry_out, clerks


def ops(fleet: Fleet) -> list[int | str]:
    """What the open batch holds."""
    return list(fleet.palm.registry.batch.ops)


def settle(fleet: Fleet) -> None:
    """Commit: what the journal makes of it is what happened."""
    palm = fleet.palm
    palm.commit()
    assert same_world(fold(palm.registry.journal), palm.world)
    assert check(palm.world) == []
    assert palm.registry.lost is None


def attempt(fleet: Fleet, name: str, intent: object) -> BaseException | None:
    """Have an agent intend something; what that raised."""
    try:
        carry_out(fleet, name, intent)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError) as error:
        return error
    return None


def at_floor(main: Callable[[Fleet], None], *statements: str) -> None:
    """Two clerks, an order of the second that rests, and whatever else."""

    async def whole(fleet: Fleet) -> None:
        await fleet.do("; ".join((clerks(2), *statements)))
        bid(fleet, "clerk_002", 1, 50)
        settle(fleet)
        main(fleet)
        settle(fleet)

    on_palm(whole)


def trading_of(fleet: Fleet, name: str) -> Trading:
    trading = agent(fleet, name).trading
    assert trading is not None
    return trading
