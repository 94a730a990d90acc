"""Every bound of the product, by name. Each is tested at n - 1, n and n + 1."""

SCRIPT_BYTES_MAX = 1024 * 1024
SCRIPT_STATEMENTS_MAX = 10_000
STATEMENT_CHARS_MAX = 64 * 1024
CONFIG_CHARS_MAX = 32 * 1024
JSON_DEPTH_MAX = 16
JSON_DIGITS_MAX = 400
"""Digits of one JSON number, so that no input reaches the interpreter's own guard."""
CONDITION_DEPTH_MAX = 100
"""Levels of AND, OR and NOT over one another: what walks a condition may recurse that deep."""
NAME_CHARS_MAX = 63
TEXT_CHARS_MAX = 200
LABELS_MAX = 64
LABEL_CHARS_MAX = 63

AGENTS_MAX = 1_000_000
CAPACITY_DEFAULT = 100
MONEY_CENTS_MAX = 10**15
DURATION_MS_MAX = 366 * 24 * 3600 * 1000

LOG_LINE_CHARS_MAX = 16 * 1024
LOG_LINES_PER_AGENT_MAX = 1000
STATEMENTS_KEPT_MAX = 1000
ECHO_CHARS_MAX = 80
"""How much of the user's input an error message repeats."""

RESTARTS_MAX = 5
BACKOFF_FIRST_MS = 1_000
BACKOFF_MAX_MS = 60_000
START_TIMEOUT_MS = 30_000
STEP_TIMEOUT_MS = 10_000
"""How long one call into an agent's code may keep the others waiting."""
DEPLOY_TIMEOUT_MS = 120_000
"""How long agents may take to become Ready, unless SET deploy_timeout says otherwise."""
DRAIN_TIMEOUT_MS = 60_000
"""How long agents may take to meet their obligations, unless a TIMEOUT or SET drain_timeout says otherwise."""
ISSUED_CENTS_MAX = 10**18
"""All money ever issued to a home; sums of cents stay within 64 bits."""
MAX_UNAVAILABLE = 2
"""How many agents of a deployment a restart takes away at once (the tutorial's default)."""
LAUNCH_BATCH_MAX = 10_000
"""Agents started in one pass, so that a large deployment can be interrupted and watched."""
SNAPSHOT_EVERY_MS = 60_000
"""How much of agents' own state, and of fleet time, a killed process loses at the most."""
SNAPSHOT_EVENTS_MAX = 5_000
"""Events after which a running fleet writes a new snapshot."""
SERVICES_MAX = 1_000
"""Books of one home's market."""
ORDER_UNITS_MAX = 1_000_000_000
"""Units of one order."""
RESTING_ORDERS_MAX = 1_000
"""Orders that one agent may have resting at a time."""
FLOW_BATCH_MS = 100
"""How much market flow a killed process loses at the most."""
INTENTS_PER_STEP_MAX = 2_000
"""What an agent may intend in one step."""
FLOW_BATCH_OPS_MAX = 50_000
"""Operations of one batch, give or take one step's, however fast they come."""
RETENTION_DEFAULT_MS = 3_600_000
"""How long market flow is kept in detail, unless SET retention says otherwise; then its sums."""
RETENTION_MIN_MS = 60_000
"""The least that SET retention takes."""
WATCH_EVERY_MS = 2_000
"""How often WATCH looks, unless EVERY says otherwise."""
WATCH_EVERY_MIN_MS = 100
"""The least that EVERY takes."""
COLOURED_CHARS_MAX = 64 * 1024
"""Characters of a typed text that is still coloured, and completed as it is typed."""
SHELL_CONFIG_BYTES_MAX = 32 * 1024
"""Bytes of the prompt's config file."""
HISTORY_DEFAULT = 10_000
"""Texts that the prompt's history keeps, unless its config says otherwise."""
HISTORY_MAX = 100_000
"""The most that `history` in the config may ask for."""
HISTORY_TEXT_CHARS_MAX = 64 * 1024
"""Characters of a typed text that the history still keeps."""
HISTORY_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of the history file that are read, from its end; a longer file is trimmed to half of it."""
HIGHLIGHT_RESTARTS_MAX = 200
"""Errors in one text behind which colouring reads the grammar again; what follows more of them is guessed."""
SUGGESTIONS_MAX = 100
"""What completion offers at a place."""
COMPLETION_CHARS_MAX = 16 * 1024
"""How much text before the cursor completion looks at."""
FILES_LISTED_MAX = 10_000
"""Names of one directory that are looked at."""
LABEL_VALUES_KNOWN_MAX = 10_000
"""Pairs of labels that completion knows."""
NOT_READY_KNOWN_MAX = 1_000
"""Agents of a deployment whose states completion knows, where they are not Ready."""
LOCK_TIMEOUT_MS = 5_000
"""How long a home that another process holds is waited for, unless somebody says otherwise."""
QUESTIONS_WAITING_MAX = 1_000
"""Questions about the fleet without an answer. A prompt has a handful: it does not ask again before it is told."""
