"""The statements of UAL as immutable values.

`parse(unparse(s)) == (s,)` holds for each of them. A statement's `span` says where it stood in its
source; it takes no part in equality. A class says by its base whether it only looks (`Looking`),
changes the fleet (`Changing`) or steers the session (`Steering`).
"""

from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

Json: TypeAlias = "None | bool | int | Decimal | str | list[Json] | dict[str, Json]"
"""What strict JSON can say; a number with a point or an exponent is an exact Decimal."""


class Span(Struct, frozen=True, eq=False):
    """Character offsets into the source text, `end` excluded. All spans are equal: a place is no meaning."""

    start: int = 0
    end: int = 0

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]
        return isinstance(other, Span)

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        return 0


NO_SPAN = Span()


class Statement(Struct, frozen=True, kw_only=True, tag=True):
    """Base of all statements."""

    span: Span = NO_SPAN


class Looking(Statement, frozen=True, kw_only=True):
    """Answers from the world as it is, and changes nothing."""


class Changing(Statement, frozen=True, kw_only=True):
    """Changes the fleet; kept in the statement history with its reason."""

    because: str | None = None
    nowait: bool = False
    """Only on statements that take time: accepted, then left to run."""


class Steering(Statement, frozen=True, kw_only=True):
    """Steers the session: waits, settings, help."""


# Conditions of WHERE


class Comparison(Struct, frozen=True, tag=True):
    """`field op value`; `IN` has a tuple of values. Money compares in dollars, durations in milliseconds."""

    field: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "LIKE", "IN"]
    value: "Scalar | tuple[Scalar, ...]"


class Duration(Struct, frozen=True, tag=True):
    """A duration among values, in milliseconds."""

    length_ms: int


class Percent(Struct, frozen=True, tag=True):
    """A whole percent among values."""

    pct: int


Scalar: TypeAlias = "str | int | Decimal | bool | None | Duration | Percent"


class And(Struct, frozen=True, tag=True):
    left: "Condition"
    right: "Condition"


class Or(Struct, frozen=True, tag=True):
    left: "Condition"
    right: "Condition"


class Not(Struct, frozen=True, tag=True):
    operand: "Condition"


Condition: TypeAlias = Comparison | And | Or | Not


# Looking


class PalmStatus(Looking, frozen=True, kw_only=True):
    """PALM STATUS"""


class FleetStatus(Looking, frozen=True, kw_only=True):
    """FLEET STATUS [name]"""

    name: str | None = None


Listing: TypeAlias = Literal[
    "DEPLOYMENTS",
    "AGENTS",
    "ORDERS",
    "POSITIONS",
    "ACCOUNTS",
    "EVENTS",
    "TYPES",
    "SETTINGS",
    "STATEMENTS",
]


class Show(Looking, frozen=True, kw_only=True):
    """SHOW what [OF name] [WHERE …] [ORDER BY field [DESC]] [LIMIT n] [SINCE duration]"""

    what: Listing
    of: str | None = None
    where: Condition | None = None
    order_by: str | None = None
    descending: bool = False
    limit: int | None = None
    since_ms: int | None = None


class Describe(Looking, frozen=True, kw_only=True):
    """DESCRIBE name: a deployment, an agent or a type"""

    name: str


class DescribeType(Looking, frozen=True, kw_only=True):
    """DESCRIBE TYPE type: a name, or `module:Class`"""

    type_name: str


class Logs(Looking, frozen=True, kw_only=True):
    """LOGS agent [TAIL n] [FOLLOW]"""

    agent: str
    tail: int | None = None
    follow: bool = False


class Balance(Looking, frozen=True, kw_only=True):
    """BALANCE account: an agent's, a deployment's, or one of the home's own, such as `treasury`"""

    account: str


class CheckHome(Looking, frozen=True, kw_only=True):
    """CHECK HOME"""


AnyWatched: TypeAlias = PalmStatus | FleetStatus | Show | Describe | DescribeType | Logs | Balance
"""What WATCH may repeat; LOGS only without FOLLOW. CHECK HOME is not in it: the fleet would stand still for each look."""


class Watch(Looking, frozen=True, kw_only=True):
    """WATCH looking-statement [EVERY duration] [FOR duration] [UNTIL condition]"""

    statement: AnyWatched
    every_ms: int | None = None
    for_ms: int | None = None
    until: Condition | None = None


# Changing


class Deploy(Changing, frozen=True, kw_only=True):
    """DEPLOY type [COUNT n] [AS name] [WITH {…}] [LABELS {…}]"""

    type_name: str
    """A short name, or `package.module:Class`."""
    count: int = 1
    name: str | None = None
    config: dict[str, Json] | None = None
    """None without WITH; an empty object with `WITH {}`."""
    labels: dict[str, Json] | None = None


class Scale(Changing, frozen=True, kw_only=True):
    """SCALE name TO n"""

    name: str
    size: int


class Delete(Changing, frozen=True, kw_only=True):
    """DELETE name [FORCE]: drains first, unless forced"""

    name: str
    force: bool = False


class Rename(Changing, frozen=True, kw_only=True):
    """RENAME name TO name"""

    name: str
    to: str


class Drain(Changing, frozen=True, kw_only=True):
    """DRAIN name | agent [TIMEOUT d]"""

    name: str
    timeout_ms: int | None = None


class Resume(Changing, frozen=True, kw_only=True):
    """RESUME name | agent"""

    name: str


class Restart(Changing, frozen=True, kw_only=True):
    """RESTART name | agent"""

    name: str


class Terminate(Changing, frozen=True, kw_only=True):
    """TERMINATE agent [FORCE]: the deployment starts another in its place"""

    agent: str
    force: bool = False


class CancelOrders(Changing, frozen=True, kw_only=True):
    """CANCEL ORDERS name | agent"""

    name: str


class Fund(Changing, frozen=True, kw_only=True):
    """FUND agent AMOUNT n: `n` is dollars, and more than nothing"""

    agent: str
    amount_cents: int


class Transfer(Changing, frozen=True, kw_only=True):
    """TRANSFER n IUSD FROM account TO account: `n` is dollars, and more than nothing"""

    amount_cents: int
    source: str
    target: str


class Set(Changing, frozen=True, kw_only=True):
    """SET name = value: some settings belong to the home, others to the session"""

    name: str
    value: Scalar


# The session


class WaitFor(Steering, frozen=True, kw_only=True):
    """WAIT FOR name HEALTHY | COMPLETE | DRAINED [TIMEOUT d]"""

    name: str
    condition: Literal["HEALTHY", "COMPLETE", "DRAINED"]
    timeout_ms: int | None = None


class Wait(Steering, frozen=True, kw_only=True):
    """WAIT duration: lets fleet time pass"""

    length_ms: int


class Source(Steering, frozen=True, kw_only=True):
    """SOURCE 'file.ual'"""

    path: str


class Help(Steering, frozen=True, kw_only=True):
    """HELP [word]"""

    topic: str | None = None


class Exit(Steering, frozen=True, kw_only=True):
    """EXIT"""


AnyLooking: TypeAlias = AnyWatched | CheckHome
"""What is answered at once. WATCH takes time: it only looks, too, but stands beside them."""
AnyChanging: TypeAlias = (
    Deploy
    | Scale
    | Delete
    | Rename
    | Drain
    | Resume
    | Restart
    | Terminate
    | CancelOrders
    | Fund
    | Transfer
    | Set
)
AnySteering: TypeAlias = WaitFor | Wait | Source | Help | Exit
AnyRunning: TypeAlias = AnyLooking | Watch | AnyChanging | Wait | WaitFor
"""What is run by a fleet that runs."""
AnyStatement: TypeAlias = AnyLooking | Watch | AnyChanging | AnySteering
