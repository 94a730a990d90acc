"""How messages speak of the words and signs of the grammar. No name of a terminal ever reaches a person."""

from collections.abc import Mapping

from palm_ual.lang.expect import Kind

RANKS: Mapping[str, int] = {
    **dict.fromkeys(("OF", "SINCE", "LABELS", "FORCE", "TIMEOUT", "FOLLOW", "DESC"), 1),
    **dict.fromkeys(("BECAUSE", "NOWAIT"), 2),
    **dict.fromkeys(("NAME", "REPLICAS", "DEPLOYMENT", "AGENT", "INSTANCE", "SPEC"), 3),
    **dict.fromkeys(("NOT", "LIKE", "IN", "TRUE", "FALSE", "NULL"), 3),
}
"""How usual a word is: 0 the usual ones, 3 aliases and noise, which are named only where nothing else is."""
ALIAS_RANK = 3
WORDS: Mapping[str, str] = {"ORDER": "ORDER BY"}

SIGNS: Mapping[str, str] = {
    "COLON": '":"',
    "COMMA": '","',
    "EQUAL": '"="',
    "LBRACE": '"{"',
    "LPAR": '"("',
    "RBRACE": '"}"',
    "RPAR": '")"',
    "RSQB": '"]"',
}
OPENING = frozenset({"LBRACE", "LPAR", "LSQB", "SEMICOLON"})
"""Signs that are named only where nothing else can stand: beside a value they are a rare way to begin it."""

KINDS: Mapping[Kind, str] = {
    "deployment": "a deployment name",
    "agent": "an agent id",
    "deployment_or_agent": "the name of a deployment or an agent",
    "described": "the name of a deployment, an agent or a type",
    "account": "an account",
    "new_name": "a name",
    "agent_type": "an agent type",
    "field": "a field",
    "setting": "a setting",
    "topic": "a topic",
    "count": "a whole number",
    "amount": "an amount such as 12.50",
    "duration": "a duration such as 30s",
    "text": "a text in quotes",
    "file": "a file name in quotes",
    "value": "a value",
    "config": "an object {…}",
    "labels": "an object {…}",
    "key": "a key in double quotes",
    "json": "a JSON value",
    "comparator": "a comparison (= != < <= > >= LIKE IN)",
}

LOOKALIKES: Mapping[str, str] = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02\u275d\u275e\u301d\u301e", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u2032\u00b4`\uff07\u275b\u275c", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-"),
    "\u037e": ";",
    "\u2026": "...",
    "\u00d7": "x",
}
"""Characters that word processors and chats put in the place of others."""
