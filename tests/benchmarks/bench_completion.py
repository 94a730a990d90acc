"""What a key costs in completion and colouring: milliseconds, on a fleet of 10,000 deployments.

Each figure is the worst of several kinds of word, medians of CPU time; budgets are in times of a plain walk
over the names in Python, so that they mean the same on a slower machine. `python -m
tests.benchmarks.bench_completion` ends with status 1 if a budget is missed.
"""

import sys
from collections.abc import Callable
from functools import partial

from palm_ual.console.completion.matching import searchable
from palm_ual.console.completion.suggestions import suggestions
from palm_ual.console.completion.wanted import wanted_at
from palm_ual.lang.highlight import pieces, problem_in
from palm_ual.model.events import Revision
from palm_ual.runtime.catalog import Catalog
from palm_ual.service import names
from palm_ual.world.records import Agent, Deployment, World
from tests.benchmarks.anchor import compare_functions, report
from tests.benchmarks.bench_parse import SCRIPT

DEPLOYMENTS = 10_000
AGENTS_EACH = 10
WORDS = ("", "t", "trading", "tfv1", "v99", "zzz", "tdng", "trading-fleet-v99", "tttttttttttttttt")
AGENT_WORDS = ("", "b", "buyer_04", "b4242", "buyer_0999999", "zz")
TYPED_CHARS = 64 * 1024


def town() -> World:
    """A world of many small deployments, all of them well."""
    world, number = World(), 1
    for uid in range(1, DEPLOYMENTS + 1):
        revision = Revision(
            number=1,
            type_name="buyer",
            type_ref="buyer",
            config=None,
            labels={"tier": f"t{uid % 50}"},
            funding_cents=0,
            budget_cents=None,
        )
        sort = ("trading", "market", "shop", "arb")[uid % 4]
        deployment = Deployment(uid, f"{sort}-fleet-v{uid}", AGENTS_EACH, revision, 0)
        deployment.agents = {n: Agent(n, 1, 0, 0) for n in range(number, number + AGENTS_EACH)}
        deployment.total = deployment.ready = deployment.healthy = AGENTS_EACH
        world.deployments[uid] = world.by_name[deployment.name] = deployment
        number += AGENTS_EACH
    return world


class Palm:
    """As much of one as names are taken from."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.catalog = Catalog()


def main() -> int:
    palm = Palm(town())
    known = names.known_names(palm)  # type: ignore[arg-type]  # it has all that is looked at
    plain = [deployment.name for deployment in known.deployments]

    def walk() -> None:
        searchable(name for name in plain if "zz" not in name)

    def key(text: str) -> None:
        suggestions(wanted_at(text), known)

    def of_a_key(text: str, budget: float) -> bool:
        return report(f"a key: {text[-28:]!r}", compare_functions(partial(key, text), walk), budget=budget)

    met = [
        report("names of the fleet", compare_functions(partial(names.known_names, palm), walk), budget=12),  # type: ignore[arg-type]
        *(of_a_key(f"SCALE {word}", 5) for word in WORDS),
        *(of_a_key(f"LOGS {word}", 5) for word in AGENT_WORDS),
        of_a_key("SHOW AGENTS WHERE tier = ", 5),
        of_a_key(SCRIPT * 8 + "SCALE tfv1", 5),
    ]
    typed = (SCRIPT * 100)[:TYPED_CHARS]
    wrong = "foo bar, " * (TYPED_CHARS // 9)
    for name, text in (("statements", typed), ("errors", wrong), ("one word", "a-" * (TYPED_CHARS // 2))):
        colours: Callable[[], object] = partial(pieces, text)
        met.append(report(f"colours of 64 KiB: {name}", compare_functions(colours, walk), budget=30))
        lines = partial(problem_in, text, len(text))
        met.append(report(f"underlines of 64 KiB: {name}", compare_functions(lines, walk), budget=30))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
