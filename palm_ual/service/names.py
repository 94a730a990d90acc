"""What can be named in a fleet, for completion: taken in the fleet's thread, used in the prompt's."""

from __future__ import annotations

from functools import cache
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from palm_ual.errors import PalmError
from palm_ual.model.ids import ranges_of
from palm_ual.model.limits import LABEL_VALUES_KNOWN_MAX, NOT_READY_KNOWN_MAX, SUGGESTIONS_MAX
from palm_ual.service.wording import status_of
from palm_ual.world.account_names import escrow_name
from palm_ual.world.lookup import resolve
from palm_ual.world.records import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from palm_ual.agents.config import ConfigField
    from palm_ual.model.events import Revision
    from palm_ual.runtime.catalog import Catalog
    from palm_ual.runtime.palm import Palm

_GAPS_LOOKED_AT_MAX = 20_000
"""Agents of deployments with gaps between their numbers that are looked at one by one."""


class DeploymentKnown(Struct, frozen=True, gc=False):
    name: str
    type_name: str
    agents: int
    status: str
    """As FLEET STATUS has it, in lower case: `healthy`."""


class Run(Struct, frozen=True, gc=False):
    """Agents of one type and deployment with neighbouring numbers, both ends included.

    Where there are very many, some between them may have ended.
    """

    first: int
    last: int
    deployment: int
    """Its index in `Known.deployments`."""


class Known(Struct, frozen=True):
    """What can be named, as it was a moment ago. It never changes, and a larger fleet makes it no larger."""

    deployments: tuple[DeploymentKnown, ...] = ()
    searchable: str = ""
    r"""The names of the deployments, in the same order, each in lower case behind a `\n`."""
    runs: dict[str, tuple[Run, ...]] = {}
    """Agents by type; numbers rise."""
    not_ready: dict[tuple[str, int], str] = {}
    """States of agents that are not Ready, by type and number, of some of them."""
    labels: dict[str, tuple[str, ...]] = {}
    """Keys with their values."""
    types: dict[str, str] = {}
    """Agent types, each with what it does in a line, where that is known."""
    services: tuple[str, ...] = ()
    escrows: tuple[str, ...] = ()


class ConfigOwner(Struct, frozen=True):
    """Whose config keys are wanted: an agent type's by its name or `module:Class`, or a deployment's or agent's."""

    kind: Literal["type", "deployment"]
    ref: str


def known_names(palm: Palm) -> Known:
    """What can be named now. Call it in the fleet's thread; the first call loads the built-in types."""
    world = palm.world
    deployments = list(world.by_name.values())
    revisions = [deployment.revisions[-1] for deployment in deployments]
    return Known(
        deployments=tuple(map(_deployment_known, deployments)),
        searchable="".join(["\n" + name for name in world.by_name]),
        runs=_runs(deployments),
        not_ready=_not_ready(deployments),
        labels=_labels(revisions),
        types=_types(palm.catalog, revisions),
        services=tuple(sorted(book.name for book in world.market.books)),
        escrows=tuple(map(escrow_name, islice(world.market.desk.cases, SUGGESTIONS_MAX))),
    )


def config_of(palm: Palm, owner: ConfigOwner) -> tuple[ConfigField, ...]:
    """The keys of a type's config; none where there is no such type, or it does not load."""
    from palm_ual.agents.config import config_fields

    try:
        if owner.kind == "type":
            found = palm.catalog.find(owner.ref)
        else:
            revision = resolve(palm.world, owner.ref).deployment.revision
            found = palm.catalog.find(revision.type_ref, directory=revision.type_dir)
    except PalmError:
        return ()
    return config_fields(found.type.Config)


def _deployment_known(deployment: Deployment) -> DeploymentKnown:
    total = deployment.total
    # What `status_of` would find for nearly all of them, at a tenth of its time.
    steady = (
        deployment.healthy == deployment.ready == total == deployment.size
        and not deployment.conditions
        and deployment.drain_deadline_ms is None
        and deployment.delete_deadline_ms is None
    )
    status = "healthy" if steady else status_of(deployment).lower()
    return DeploymentKnown(deployment.name, deployment.revisions[-1].type_name, total, status)


def _runs(deployments: Iterable[Deployment]) -> dict[str, tuple[Run, ...]]:
    found: dict[str, list[Run]] = {}
    looked_at = 0
    for index, deployment in enumerate(deployments):
        agents = deployment.agents
        if not agents:
            continue
        first, last = next(iter(agents)), next(reversed(agents))
        runs = found.setdefault(deployment.revisions[-1].type_name, [])
        if last - first + 1 == len(agents) or looked_at + len(agents) > _GAPS_LOOKED_AT_MAX:
            runs.append(Run(first, last, index))
        else:
            looked_at += len(agents)
            runs += [Run(low, high, index) for low, high in ranges_of(list(agents))]
    return {
        type_name: tuple(sorted(runs, key=attrgetter("first"))) for type_name, runs in sorted(found.items())
    }


def _not_ready(deployments: Iterable[Deployment]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for deployment in deployments:
        if deployment.ready != deployment.total and len(found) < NOT_READY_KNOWN_MAX:
            each = ((number, state) for state, held in deployment.in_state.items() for number in held)
            found.update(
                ((deployment.type_name, number), state.lower())
                for number, state in islice(each, NOT_READY_KNOWN_MAX)
            )
    return found


def _labels(revisions: Iterable[Revision]) -> dict[str, tuple[str, ...]]:
    each = chain.from_iterable(revision.labels.items() for revision in revisions if revision.labels)
    found: dict[str, list[str]] = {}
    for key, value in islice(sorted(set(each)), LABEL_VALUES_KNOWN_MAX):
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _types(catalog: Catalog, revisions: Iterable[Revision]) -> dict[str, str]:
    """By name. Installed ones are not loaded only to say what they do: that would run their code."""
    found = dict(_type_names())
    for name in {revision.type_ref for revision in revisions} & found.keys():
        try:
            found[name] = catalog.find(name).type.summary
        except PalmError:
            found[name] = "does not load"
    return found


@cache
def _type_names() -> dict[str, str]:
    from palm_ual.agents.finder import BUILT_IN, find_type, registered_types

    found = {name: find_type(name).type.summary for name in BUILT_IN}
    return {**dict.fromkeys(sorted(registered_types()), "installed"), **found}
