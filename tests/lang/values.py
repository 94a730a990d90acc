"""Hypothesis strategies for every kind of statement."""

from typing import get_args

from hypothesis import strategies as st

from palm_ual.lang import statements as s
from palm_ual.lang.literals import hidden_character
from palm_ual.lang.reader import machine
from palm_ual.model.limits import (
    AGENTS_MAX,
    DURATION_MS_MAX,
    MONEY_CENTS_MAX,
    NAME_CHARS_MAX,
    WATCH_EVERY_MIN_MS,
)

plain_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}([.-][A-Za-z0-9_]{1,9}){0,3}", fullmatch=True)
keywords = st.sampled_from([*sorted(machine().keywords), "from", "Deploy", "help"])
names = (plain_names | keywords).filter(lambda name: len(name) <= NAME_CHARS_MAX)
texts = st.text(max_size=30).filter(lambda text: hidden_character(text) is None)
type_names = names | st.from_regex(r"[a-z_]{1,8}(\.[a-z_]{1,8}){0,2}:[A-Z][a-z]{0,8}", fullmatch=True)
counts = st.integers(0, AGENTS_MAX)
amounts_cents = st.integers(1, MONEY_CENTS_MAX)
durations_ms = st.integers(0, DURATION_MS_MAX)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
numbers = st.integers(-(10**30), 10**30) | decimals

scalars: st.SearchStrategy[s.Scalar] = st.one_of(
    names,
    texts,
    numbers,
    st.booleans(),
    st.none(),
    durations_ms.map(s.Duration),
    st.integers(0, 1000).map(s.Percent),
)
comparisons = st.one_of(
    st.builds(s.Comparison, names | texts, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), scalars),
    st.builds(s.Comparison, names | texts, st.just("LIKE"), texts),
    st.builds(
        s.Comparison, names | texts, st.just("IN"), st.lists(scalars, min_size=1, max_size=3).map(tuple)
    ),
)
conditions: st.SearchStrategy[s.Condition] = st.recursive(
    comparisons,
    lambda inner: st.builds(s.And, inner, inner) | st.builds(s.Or, inner, inner) | st.builds(s.Not, inner),
    max_leaves=6,
)
json_values: st.SearchStrategy[s.Json] = st.recursive(
    texts | numbers | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, json_values, max_size=4)


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


reasons = {"because": maybe(texts)}
slow = {"because": maybe(texts), "nowait": st.booleans()}
show = st.builds(
    s.Show,
    what=st.sampled_from(get_args(s.Listing)),
    of=maybe(names),
    where=maybe(conditions),
    limit=maybe(counts),
    since_ms=maybe(durations_ms),
)
ordered = st.builds(s.Show, what=st.just("AGENTS"), order_by=names | texts, descending=st.booleans())
watched: st.SearchStrategy[s.AnyWatched] = st.one_of(
    st.builds(s.PalmStatus),
    st.builds(s.FleetStatus, name=maybe(names)),
    show | ordered,
    st.builds(s.Describe, name=names),
    st.builds(s.DescribeType, type_name=type_names),
    st.builds(s.Logs, agent=names, tail=maybe(counts)),
    st.builds(s.Balance, account=names),
)

BY_CLASS: dict[type[s.Statement], st.SearchStrategy[s.AnyStatement]] = {
    s.PalmStatus: st.builds(s.PalmStatus),
    s.FleetStatus: st.builds(s.FleetStatus, name=maybe(names)),
    s.Show: show | ordered,
    s.Describe: st.builds(s.Describe, name=names),
    s.DescribeType: st.builds(s.DescribeType, type_name=type_names),
    s.Logs: st.builds(s.Logs, agent=names, tail=maybe(counts), follow=st.booleans()),
    s.Balance: st.builds(s.Balance, account=names),
    s.CheckHome: st.builds(s.CheckHome),
    s.Watch: st.builds(
        s.Watch,
        statement=watched,
        every_ms=maybe(st.integers(WATCH_EVERY_MIN_MS, DURATION_MS_MAX)),
        for_ms=maybe(durations_ms),
        until=maybe(conditions),
    ),
    s.Deploy: st.builds(
        s.Deploy,
        type_name=type_names,
        count=counts,
        name=maybe(names),
        config=maybe(objects),
        labels=maybe(objects),
        **slow,
    ),
    s.Scale: st.builds(s.Scale, name=names, size=counts, **slow),
    s.Delete: st.builds(s.Delete, name=names, force=st.booleans(), **slow),
    s.Rename: st.builds(s.Rename, name=names, to=names, **reasons),
    s.Drain: st.builds(s.Drain, name=names, timeout_ms=maybe(durations_ms), **slow),
    s.Resume: st.builds(s.Resume, name=names, **slow),
    s.Restart: st.builds(s.Restart, name=names, **slow),
    s.Terminate: st.builds(s.Terminate, agent=names, force=st.booleans(), **slow),
    s.CancelOrders: st.builds(s.CancelOrders, name=names, **reasons),
    s.Fund: st.builds(s.Fund, agent=names, amount_cents=amounts_cents, **reasons),
    s.Transfer: st.builds(s.Transfer, amount_cents=amounts_cents, source=names, target=names, **reasons),
    s.Set: st.builds(s.Set, name=names, value=scalars, **reasons),
    s.WaitFor: st.builds(
        s.WaitFor,
        name=names,
        condition=st.sampled_from(["HEALTHY", "COMPLETE", "DRAINED"]),
        timeout_ms=maybe(durations_ms),
    ),
    s.Wait: st.builds(s.Wait, length_ms=durations_ms),
    s.Source: st.builds(s.Source, path=texts),
    s.Help: st.builds(s.Help, topic=maybe(names)),
    s.Exit: st.builds(s.Exit),
}
statements = st.one_of(list(BY_CLASS.values()))

PIECES = [
    *(sorted(machine().keywords)),
    *(
        "x",
        "prod--old",
        "5",
        "-5",
        "12.50",
        "0x10",
        "5.",
        "1e5",
        "30s",
        "10%",
        '"q"',
        "'t'",
        '"open',
        "{",
        "}",
        "[",
        "]",
    ),
    *(
        "(",
        ")",
        ",",
        ":",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        ";",
        "\n> ",
        "\n",
        " ",
        "--c\n",
        "# c\n",
        "/* c */",
        "/*",
    ),
    *("HELP ", "help\n", "\ufeff", "\u00a0", "é", "LI\u212aE", "\u017fHOW", "-", ".", "\\"),
]
"""Words, signs and traps, to be put together in any order."""
