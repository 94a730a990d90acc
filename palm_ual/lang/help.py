"""Help for every statement and clause: data, the one source of HELP and of the reference in the README."""

from msgspec import Struct

from palm_ual.errors import NotFound
from palm_ual.lang import statements as s
from palm_ual.lang.literals import shown
from palm_ual.model.durations import format_duration
from palm_ual.model.limits import WATCH_EVERY_MS
from palm_ual.model.nearest import nearest
from palm_ual.model.results import HelpShown


class Topic(Struct, frozen=True):
    """What there is to say about one word."""

    words: tuple[str, ...]
    """The keywords it is found by; the first is its name."""
    syntax: tuple[str, ...]
    text: tuple[str, ...]
    example: tuple[str, ...]
    """Statements that parse as they stand."""
    near: str
    """What it is not, and where to look for that."""
    statements: tuple[type[s.Statement], ...] = ()
    """The statements it explains; none for a clause."""


STATEMENTS = (
    Topic(
        words=("PALM", "STATUS"),
        syntax=("PALM STATUS", "STATUS"),
        text=("Capacity, how many agents are healthy, unhealthy or on their way, and the money they hold.",),
        example=("PALM STATUS",),
        near="FLEET STATUS has the figures of one deployment, or of all together.",
        statements=(s.PalmStatus,),
    ),
    Topic(
        words=("FLEET",),
        syntax=("FLEET STATUS [deployment]",),
        text=("Health, performance and money of a deployment; without a name, of all deployments together.",),
        example=("FLEET STATUS", "FLEET STATUS trading-fleet-v1"),
        near="SHOW DEPLOYMENTS has a row for each; DESCRIBE tells why one is not where it should be.",
        statements=(s.FleetStatus,),
    ),
    Topic(
        words=(
            *("SHOW", "LIST", "AGENTS", "DEPLOYMENTS", "ORDERS", "POSITIONS", "ACCOUNTS"),
            *("EVENTS", "TYPES", "SETTINGS", "STATEMENTS"),
        ),
        syntax=(
            "SHOW DEPLOYMENTS | AGENTS | ORDERS | POSITIONS | ACCOUNTS | EVENTS | TYPES | SETTINGS | STATEMENTS",
            "     [OF deployment] [WHERE condition] [ORDER BY field [DESC]] [LIMIT n] [SINCE duration]",
            "AGENTS, LIST AGENTS: the same as SHOW AGENTS",
        ),
        text=("A table, with a row for each thing.", "The clauses come in any order, each at most once."),
        example=(
            "SHOW AGENTS WHERE health = degraded ORDER BY pnl LIMIT 10",
            "SHOW EVENTS OF f1 SINCE 10m",
            "SHOW ORDERS OF buyer-fleet LIMIT 20",
        ),
        near="DESCRIBE tells everything about one thing; HELP WHERE explains conditions.",
        statements=(s.Show,),
    ),
    Topic(
        words=("DESCRIBE",),
        syntax=("DESCRIBE name", "STATUS name: the same"),
        text=(
            "All there is to know of a deployment, an agent or a type, with its latest events",
            "and, where it is not as it should be, the reason.",
        ),
        example=("DESCRIBE trading-fleet-v1", "DESCRIBE buyer_001"),
        near="DESCRIBE TYPE shows what WITH may say to a type.",
        statements=(s.Describe,),
    ),
    Topic(
        words=("TYPE",),
        syntax=("DESCRIBE TYPE type", "DESCRIBE TYPE 'package.module:Class'"),
        text=("What a type does, and the keys that WITH may give it, with units, bounds and defaults.",),
        example=("DESCRIBE TYPE seller",),
        near="SHOW TYPES lists the types there are.",
        statements=(s.DescribeType,),
    ),
    Topic(
        words=("LOGS", "TAIL", "FOLLOW"),
        syntax=("LOGS agent [TAIL n] [FOLLOW]",),
        text=("The lines an agent wrote, oldest first. TAIL gives the last n; FOLLOW goes on as it writes.",),
        example=("LOGS buyer_001 TAIL 20",),
        near="SHOW EVENTS OF a deployment tells what was done with it.",
        statements=(s.Logs,),
    ),
    Topic(
        words=("BALANCE",),
        syntax=("BALANCE account",),
        text=(
            "What an account holds: an agent's, those of a deployment together, or one of the home's own:",
            "treasury, issuer, house, or an escrow such as escrow-17.",
        ),
        example=("BALANCE buyer_001", "BALANCE treasury"),
        near="SHOW ACCOUNTS has a row for each.",
        statements=(s.Balance,),
    ),
    Topic(
        words=("WATCH", "EVERY", "UNTIL"),
        syntax=("WATCH looking-statement [EVERY duration] [FOR duration] [UNTIL condition]",),
        text=(
            f"Looks every {format_duration(WATCH_EVERY_MS)}, unless EVERY says otherwise; FOR says for how long.",
            "UNTIL ends it at the first look that fits: every row of a table does, and there is one.",
            "Its fields are those of the answer as JSON, without units; money compares in dollars.",
            "On a terminal it draws in place; elsewhere it prints what has changed, as the statement would.",
            "The exit status is 5 where FOR is over and UNTIL was not met.",
        ),
        example=(
            "WATCH FLEET STATUS buyer-fleet EVERY 5s",
            "WATCH SHOW DEPLOYMENTS FOR 5m UNTIL status = healthy",
            "WATCH BALANCE buyer_001 UNTIL pnl < -100",
        ),
        near="WAIT FOR waits and shows nothing; LOGS … FOLLOW gives each new line once. CHECK HOME is not watched.",
        statements=(s.Watch,),
    ),
    Topic(
        words=("CHECK", "HOME"),
        syntax=("CHECK HOME",),
        text=("Goes through the journal and the ledger of the home, and says what does not add up.",),
        example=("CHECK HOME",),
        near="SHOW EVENTS tells what was done; DESCRIBE tells what is wrong with an agent or a deployment.",
        statements=(s.CheckHome,),
    ),
    Topic(
        words=("DEPLOY", "CREATE", "COUNT", "AS", "NAME", "SPEC", "REPLICAS"),
        syntax=(
            "DEPLOY type [COUNT n] [AS name] [WITH {…}] [LABELS {…}] [BECAUSE '…'] [NOWAIT]",
            "CREATE DEPLOYMENT [SPEC] type REPLICAS n […]: the same",
        ),
        text=(
            "Starts n agents of a type as a deployment; one agent without COUNT.",
            "Without a name it is called type-fleet, then type-fleet-2, and so on.",
            "If not all of them can be started, none is.",
        ),
        example=(
            "DEPLOY buyer COUNT 5",
            'DEPLOY seller COUNT 3 AS shop WITH {"funding": 100000, "service": "Data Analysis"}',
            "DEPLOY 'traders.momentum:Momentum' COUNT 2",
        ),
        near="SCALE changes how many agents a deployment has.",
        statements=(s.Deploy,),
    ),
    Topic(
        words=("SCALE", "TO"),
        syntax=("SCALE deployment TO n [BECAUSE '…'] [NOWAIT]", "SCALE deployment REPLICAS n: the same"),
        text=(
            "More agents take the next numbers; fewer end the highest numbers first,",
            "each after it has met what it owes.",
        ),
        example=("SCALE trading-fleet-v1 TO 50",),
        near="The size is the whole number of agents, not how many to add.",
        statements=(s.Scale,),
    ),
    Topic(
        words=("DELETE", "FORCE"),
        syntax=("DELETE deployment [FORCE] [BECAUSE '…'] [NOWAIT]",),
        text=(
            "Drains a deployment, ends its agents and forgets it.",
            "FORCE does not wait: what the agents still owe is dropped, and said.",
        ),
        example=("DELETE buyer-fleet",),
        near="DRAIN keeps the deployment; TERMINATE ends one agent, and another takes its place.",
        statements=(s.Delete,),
    ),
    Topic(
        words=("RENAME",),
        syntax=("RENAME deployment TO name [BECAUSE '…']",),
        text=("Gives a deployment another name; its agents do not notice.",),
        example=("RENAME buyer-fleet TO trading-fleet",),
        near="DEPLOY … AS names it from the beginning.",
        statements=(s.Rename,),
    ),
    Topic(
        words=("DRAIN", "TIMEOUT"),
        syntax=("DRAIN deployment | agent [TIMEOUT duration] [BECAUSE '…'] [NOWAIT]",),
        text=(
            "Takes no new work and meets what is owed, in the order in which it can be met.",
            "The agents stay; RESUME gives them work again.",
        ),
        example=("DRAIN buyer-fleet TIMEOUT 5m", "DRAIN AGENT buyer_001"),
        near="DELETE drains, too, and then ends the agents.",
        statements=(s.Drain,),
    ),
    Topic(
        words=("RESUME",),
        syntax=("RESUME deployment | agent [BECAUSE '…'] [NOWAIT]",),
        text=("Gives what was drained new work.",),
        example=("RESUME buyer-fleet",),
        near="RESTART begins anew with fresh agents.",
        statements=(s.Resume,),
    ),
    Topic(
        words=("RESTART",),
        syntax=("RESTART deployment | agent [BECAUSE '…'] [NOWAIT]",),
        text=("Drains agents and starts them again under their own ids, a few at a time.",),
        example=("RESTART buyer_001",),
        near="TERMINATE ends an agent for good: the one in its place has another id.",
        statements=(s.Restart,),
    ),
    Topic(
        words=("TERMINATE",),
        syntax=("TERMINATE agent [FORCE] [BECAUSE '…'] [NOWAIT]",),
        text=("Ends one agent after it has met what it owes; its deployment starts another in its place.",),
        example=("TERMINATE buyer_003",),
        near="SCALE makes a deployment smaller.",
        statements=(s.Terminate,),
    ),
    Topic(
        words=("CANCEL",),
        syntax=("CANCEL ORDERS deployment | agent [BECAUSE '…']",),
        text=("Takes the open orders of an agent, or of all agents of a deployment, out of the market.",),
        example=("CANCEL ORDERS buyer_001", "CANCEL ORDERS buyer-fleet BECAUSE 'prices moved'"),
        near="The agents go on, and may place new ones; DRAIN stops that. SHOW ORDERS lists what is open.",
        statements=(s.CancelOrders,),
    ),
    Topic(
        words=("FUND", "AMOUNT"),
        syntax=("FUND agent AMOUNT dollars [BECAUSE '…']",),
        text=(
            "Pays an agent from the treasury, which issues what it lacks as far as issue_cap allows.",
            "Dollars have at most two decimals: 500, 12.50.",
        ),
        example=("FUND buyer_001 AMOUNT 500",),
        near="TRANSFER moves what an account already holds; BALANCE shows how much that is.",
        statements=(s.Fund,),
    ),
    Topic(
        words=("TRANSFER", "IUSD", "FROM"),
        syntax=("TRANSFER dollars IUSD FROM account TO account [BECAUSE '…']",),
        text=("Moves money from one account to another; 1 IUSD is 1 dollar.",),
        example=("TRANSFER 12.50 IUSD FROM buyer_001 TO buyer_003",),
        near="FUND pays from the treasury; BALANCE shows what an account holds.",
        statements=(s.Transfer,),
    ),
    Topic(
        words=("SET",),
        syntax=("SET name = value [BECAUSE '…']",),
        text=("Some settings belong to the home and stay, such as capacity; others end with the session.",),
        example=("SET capacity = 200", "SET output = json"),
        near="SHOW SETTINGS lists them with their values.",
        statements=(s.Set,),
    ),
    Topic(
        words=("WAIT", "FOR", "HEALTHY", "COMPLETE", "DRAINED"),
        syntax=("WAIT FOR deployment HEALTHY | COMPLETE | DRAINED [TIMEOUT duration]", "WAIT duration"),
        text=(
            "Waits until it is so; the exit status is 5 if that takes longer than TIMEOUT.",
            "WAIT with a duration lets that much fleet time pass.",
        ),
        example=("WAIT FOR buyer-fleet HEALTHY TIMEOUT 120s", "WAIT 30s"),
        near="Statements wait for what they begin, unless they end with NOWAIT. WATCH shows what it waits for.",
        statements=(s.WaitFor, s.Wait),
    ),
    Topic(
        words=("SOURCE",),
        syntax=("SOURCE 'file.ual'",),
        text=("Runs the statements of a file; all of it is read before the first one runs.",),
        example=("SOURCE 'morning.ual'",),
        near="ual file.ual does the same from the shell.",
        statements=(s.Source,),
    ),
    Topic(
        words=("HELP",),
        syntax=("HELP [word]",),
        text=("What a word of UAL means; the word stands on the same line. Without one, all statements.",),
        example=("HELP", "HELP deploy"),
        near="DESCRIBE explains what is in the fleet.",
        statements=(s.Help,),
    ),
    Topic(
        words=("EXIT", "QUIT"),
        syntax=("EXIT", "QUIT"),
        text=("Ends the session. The fleet is suspended, and the next session finds it as it was.",),
        example=("EXIT",),
        near="DELETE ends a deployment.",
        statements=(s.Exit,),
    ),
)

CLAUSES = (
    Topic(
        words=("WHERE", "LIKE", "IN", "AND", "OR", "NOT"),
        syntax=(
            "WHERE field = != < <= > >= value, field LIKE 'text', field IN (value, …)",
            "WHERE condition AND condition, condition OR condition, NOT condition, (condition)",
        ),
        text=(
            "Keeps the rows for which it is true. Labels are fields, too. Money compares in dollars.",
            "AND binds tighter than OR, NOT tighter than both.",
        ),
        example=("SHOW AGENTS WHERE health = degraded AND (tier = 'gold' OR pnl < -100)",),
        near="OF keeps what belongs to one deployment.",
    ),
    Topic(
        words=("ORDER", "BY", "DESC", "LIMIT", "OF", "SINCE"),
        syntax=("[OF deployment] [ORDER BY field [DESC]] [LIMIT n] [SINCE duration]",),
        text=("Which rows of a table, in which order, how many, and from how long ago on.",),
        example=("SHOW EVENTS OF buyer-fleet SINCE 1h LIMIT 20", "SHOW AGENTS ORDER BY pnl DESC LIMIT 5"),
        near="WHERE chooses rows by their fields.",
    ),
    Topic(
        words=("WITH", "LABELS", "TRUE", "FALSE", "NULL"),
        syntax=('WITH {"key": value, …}', 'LABELS {"key": "text", …}'),
        text=(
            "WITH gives a type its config as strict JSON; money is in dollars.",
            "LABELS are texts of your own, for WHERE to choose by.",
        ),
        example=('DEPLOY buyer WITH {"funding": 1000} LABELS {"tier": "gold"}',),
        near="DESCRIBE TYPE lists the keys a type knows.",
    ),
    Topic(
        words=("BECAUSE", "NOWAIT"),
        syntax=("… BECAUSE 'reason'", "… NOWAIT"),
        text=(
            "BECAUSE keeps a reason with a statement that changes something.",
            "NOWAIT returns as soon as it is accepted, where it would take time.",
        ),
        example=("SCALE buyer-fleet TO 20 BECAUSE 'quiet weekend' NOWAIT",),
        near="SHOW STATEMENTS has the reasons; WAIT FOR waits after all.",
    ),
    Topic(
        words=("DEPLOYMENT", "AGENT", "INSTANCE"),
        syntax=("… DEPLOYMENT name", "… AGENT agent, … INSTANCE agent"),
        text=("May stand before a name to make a statement easier to read, and change nothing.",),
        example=("SCALE DEPLOYMENT buyer-fleet TO 3", "DRAIN INSTANCE buyer_001"),
        near="DEPLOY begins a deployment.",
    ),
)

TOPICS = STATEMENTS + CLAUSES
_OVERVIEW = ("HELP word explains one of them. A statement ends with ; or where the next one begins.",)


def help_for(word: str | None) -> HelpShown:
    """The help on a word; without one, the first line of the syntax of every statement.

    Raises:
        NotFound: no help on that word; the hint has the nearest one.
    """
    if word is None:
        return HelpShown(None, tuple(topic.syntax[0] for topic in STATEMENTS), _OVERVIEW)
    for topic in TOPICS:
        if word.upper() in topic.words:
            return HelpShown(topic.words[0], topic.syntax, (*topic.text, topic.near), topic.example)
    near = nearest(word, [name for topic in TOPICS for name in topic.words])
    hint = f"did you mean HELP {near}?" if near else "HELP alone lists the statements"
    raise NotFound(f'there is no help on "{shown(word)}"', hint=hint, word=word)
