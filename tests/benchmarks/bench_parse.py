"""Parsing to statements beside a bare lark LALR run of the same grammar on the same text, to its tree.

`python -m tests.benchmarks.bench_parse` ends with status 1 if a budget is missed. Ratios over 1 say that
ours is slower; the budget of 1/0.9 is "at least 0.9 times lark's speed". Growth is the time for ten times
the text, as a share of ten times the time.
"""

import re
import sys
from functools import partial

from lark import Lark

from palm_ual.lang.parser import parse
from palm_ual.lang.tables import load_tables
from tests.benchmarks.anchor import compare_functions, report

SCRIPT = """\
PALM STATUS
-- the shop
DEPLOY seller COUNT 3 AS shop-v1 WITH {
    "funding": 100000,
    "budget": 50000,
    "service": "Data Analysis",
    "price": 5000,
    "strategy": "conservative"
  } LABELS {"tier": "gold"}
DEPLOY buyer COUNT 5;
SHOW AGENTS WHERE health = degraded AND (tier = 'gold' OR pnl < -100) ORDER BY pnl LIMIT 10
SCALE shop-v1 TO 50 BECAUSE 'the weekend' NOWAIT
WAIT FOR shop-v1 HEALTHY TIMEOUT 120s
FLEET STATUS shop-v1; DRAIN buyer-fleet TIMEOUT 5m; RENAME shop-v1 TO shop
SET capacity = 200; DESCRIBE shop; LOGS seller_001 TAIL 20
"""
SLOWEST = 1 / 0.9
GROWTH_MAX = 1.3
TIMES = 40


def main() -> int:
    lark = Lark(load_tables().grammar, parser="lalr", lexer="contextual", g_regex_flags=re.ASCII)
    text = SCRIPT * TIMES
    ours = partial(parse, text)
    size = f"{len(parse(text)):,} statements, {len(text) // 1024} KiB"
    met = [report(f"parse, {size}", compare_functions(ours, partial(lark.parse, text)), budget=SLOWEST)]

    def ten_parses() -> None:
        for _ in range(10):
            parse(text)

    met.append(
        report(
            "parse, ten times the text",
            compare_functions(partial(parse, text * 10), ten_parses),
            budget=GROWTH_MAX,
        )
    )
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
