"""What a statement would end, said before it is asked to."""

from palm_ual.errors import NotFound
from palm_ual.lang import statements as st
from palm_ual.market.view import owed_in_words
from palm_ual.model.ids import agent_id
from palm_ual.model.money import format_dollars
from palm_ual.world.lookup import resolve_agent
from palm_ual.world.records import Agent, Deployment, World


def what_ends(world: World, statement: st.Statement) -> str | None:
    """One line that names what a DELETE or a FORCE would end; None for a statement that ends nothing.

    A name that does not exist gives None: the statement itself says so better.
    """
    if isinstance(statement, st.Delete):
        deployment = world.find(statement.name)
        if deployment is None:
            return None
        drained = "without draining them" if statement.force else "after draining them"
        plural = "" if deployment.total == 1 else "s"
        return (
            f"DELETE {deployment.name} ends {deployment.total} {deployment.type_name} agent{plural} {drained}; "
            f"{_what_returns(deployment)} to the treasury."
        )
    if isinstance(statement, st.Terminate) and statement.force:
        try:
            deployment, agent = resolve_agent(world, statement.agent)
        except NotFound:
            return None
        name = agent_id(deployment.type_name, agent.number)
        return f"TERMINATE {name} FORCE ends it without draining it, {_whatever(agent, world)}."
    return None


def _what_returns(deployment: Deployment) -> str:
    figures = deployment.figures
    cash = format_dollars(figures.cash_cents)
    if figures.escrowed_cents or any(figures.owned.values()):
        return f"{cash} and what its positions bring go back"
    return f"{cash} goes back"


def _whatever(agent: Agent, world: World) -> str:
    """What it owes by the ledger; what its type says beside that is only known while it runs."""
    if agent.trading is None or not agent.trading.owes:
        return "whatever it owes"
    return f"though it owes {', '.join(owed_in_words(agent.trading, world.market))}"
