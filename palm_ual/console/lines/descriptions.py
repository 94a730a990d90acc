"""Answers that are facts under a heading: of DESCRIBE, BALANCE and CHECK HOME."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from palm_ual.console.lines.figures import cell_text, counted
from palm_ual.console.lines.lines import BLANK, Glyphs, Line, plain
from palm_ual.console.lines.safe import safe
from palm_ual.console.lines.tables import table_lines
from palm_ual.console.lines.width import pad, width
from palm_ual.model.money import format_balance
from palm_ual.model.results import BalanceShown, Column, Described, HomeChecked, TableShown

_Facts: TypeAlias = Sequence[tuple[str, str]]
"""Titles and values, safe to show."""

_POSITION_COLUMNS = (
    Column("service", "SERVICE"),
    Column("units", "UNITS", "count"),
    Column("value_cents", "VALUE", "cents"),
)


def described_lines(event: Described, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    """Facts, the trend on a terminal, tables, and why it is not where it should be."""
    yield (
        ("" if event.kind == "agent" else f"{event.kind.capitalize()} ", "head"),
        (_cell(event.name), "key"),
    )
    yield from _fact_lines([(_cell(fact.title), cell_text(fact.value, fact.kind)) for fact in event.facts])
    if event.trend is not None and columns is not None:
        from palm_ual.console.lines.trend import trend_lines  # nothing that a pipe would need

        yield from trend_lines(event.trend, columns, glyphs)
    for heading, table in event.tables:
        yield from _table_lines(heading, table, columns, glyphs)
    if event.reasons:
        yield BLANK
        yield plain("Not where it should be:", "head")
        for reason in event.reasons:
            yield (("  ", ""), (glyphs.warn, "warn"), (f" {_cell(reason)}", ""))


def balance_lines(event: BalanceShown, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    """What an account holds and has claimed; a line less where its kind cannot have that."""
    yield (("Balance of ", "head"), (_cell(event.account), "key"))
    figures = (
        ("Reserved", event.reserved_cents),
        ("Escrowed", event.escrowed_cents),
        ("Funded", event.funded_cents),
        ("PnL", event.pnl_cents),
    )
    trades = event.kind in ("agent", "deployment")
    facts = [("Cash", format_balance(event.balance_cents))]
    facts += [(title, cell_text(cents, "cents")) for title, cents in figures if trades or cents is not None]
    yield from _fact_lines(facts)
    if event.positions:
        table = TableShown("positions", _POSITION_COLUMNS, event.positions)
        yield from _table_lines("Positions", table, columns, glyphs)


def home_lines(event: HomeChecked, glyphs: Glyphs) -> Iterator[Line]:
    """What was looked at, with counts, and what was found."""
    yield plain("Checked the home:", "head")
    yield from _fact_lines(_checked(event))
    for finding in event.findings:
        yield (("  ", ""), (glyphs.bad, "bad"), (f" {_cell(finding.what)}: {_cell(finding.detail)}", ""))
    if not event.findings:
        yield (("  ", ""), (glyphs.ok, "ok"), (" all is well", ""))


def _checked(event: HomeChecked) -> _Facts:
    file = "" if event.file_bytes is None else f" in {counted(event.file_bytes, 'byte')}"
    batches = event.market_batches + event.compacted_batches
    compacted = f" ({event.compacted_batches:,} of them compacted)" if event.compacted_batches else ""
    trades = f"{counted(event.orders, 'order')} and {counted(event.trades, 'trade')}"
    return (
        ("Journal", f"{counted(event.events, 'event')}{file}"),
        ("Market", f"{trades} in {_batches(batches)}{compacted}"),
        ("Ledger", f"{counted(event.accounts, 'account')}, {format_balance(event.issued_cents)} issued"),
    )


def _batches(count: int) -> str:
    return counted(count, "batch") if count == 1 else f"{count:,} batches"


def _fact_lines(facts: _Facts) -> Iterator[Line]:
    wide = max((width(title) for title, _ in facts), default=0) + 2
    for title, value in facts:
        yield ((f"  {pad(title + ':', wide)}", ""), (value, ""))


def _table_lines(heading: str, table: TableShown, columns: int | None, glyphs: Glyphs) -> Iterator[Line]:
    yield BLANK
    yield plain(f"{_cell(heading)}:", "head")
    inside = None if columns is None else columns - 2
    for line in table_lines(table, inside, glyphs):
        yield (("  ", ""), *line) if line else BLANK


def _cell(text: str) -> str:
    return safe(text, cell=True)
