"""Which text a history must not keep, because whoever reads it later would learn a secret.

A text is judged as it stands, whether it parses or not. In doubt it is kept out: a statement that is missing
from a history costs less than a password that is in it.
"""

import re
from itertools import pairwise

_STEMS = (
    "accesskey",
    "accesstoken",
    "apikey",
    "authkey",
    "authtoken",
    "cookie",
    "credential",
    "jwt",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
)
"""What the last letters of a word in a key may be: `dbpassword`, `clientsecrets`."""
_WORDS = frozenset(
    ["auth", "authentication", "authorization", "bearer", "creds", "mnemonic", "oauth", "otp", "token"]
)
"""Only as whole words: an author is no auth, and a bypass no pass."""
_PAIRS = frozenset(
    [
        *((word, "key") for word in ("access", "api", "auth", "encryption", "master", "private", "secret")),
        *((word, "key") for word in ("shared", "signing", "ssh", "wallet")),
        *((word, "tokens") for word in ("access", "api", "auth", "bearer", "refresh", "session")),
        *((word, "pass") for word in ("admin", "db", "mail", "proxy", "root", "smtp", "user")),
        *(("pass", word) for word in ("code", "phrase", "word")),
        ("seed", "phrase"),
    ]
)
_ALONE = frozenset(["pass", "pin"])
"""Only as the whole key: a `pass_rate` is none."""
_HARMLESS = frozenset(
    [
        "budget",
        "count",
        "counts",
        "enabled",
        "endpoint",
        "expiry",
        "file",
        "interval",
        "length",
        "limit",
        "max",
        "method",
        "min",
        "mode",
        "name",
        "pair",
        "path",
        "policy",
        "price",
        "provider",
        "ref",
        "required",
        "size",
        "symbol",
        "timeout",
        "ttl",
        "type",
        "uri",
        "url",
        "usage",
        "version",
    ]
)
"""What a key is about if it ends so: `token_count` counts, and a `password_file` only says where."""

# No match begins within a run of such characters, and none gives any back: a long run costs its length.
_KEY = re.compile(r"""(?<![A-Za-z0-9_.\-/])([A-Za-z0-9_.\-/]++)["'`]?[ \t\r\n]*+[:=]""")
_SPACED_KEY = re.compile(r"""(?<![A-Za-z0-9_.\-/ ])([A-Za-z0-9_.\-/ ]++)["'`][ \t\r\n]*+:""")
_NOTHING = re.compile(r"""[ \t\r\n]*(?:null|true|false|""|'')(?![\w"'])""", re.IGNORECASE)
"""A value that keeps nothing secret: `UPDATE … WITH {"password": null}` removes one."""
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TYPE_REFERENCE = re.compile(
    r"""\b(?:DEPLOY|DEPLOYMENT|SPEC|TYPE)[ \t\r\n]*+=?[ \t\r\n]*+(["'])[\w.]++:\w+\1""", re.IGNORECASE
)
"""`'tokens.watch:Watcher'` is a module and a class, not a key and its value."""
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")

_VALUES = re.compile(
    r"""
      \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                                   # AWS
    | \bgh[pousr]_[A-Za-z0-9]{16,} | \bgithub_pat_[A-Za-z0-9_]{20,}   # GitHub
    | \bglpat-[A-Za-z0-9_-]{16,}                                      # GitLab
    | \b(?:npm|hf)_[A-Za-z0-9]{30,} | \bpypi-[A-Za-z0-9_-]{50,}
    | \bsk-(?:[A-Za-z0-9]{1,12}-){0,3}[A-Za-z0-9_]{16,}               # OpenAI, Anthropic
    | \b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}                          # Stripe
    | \bxox[abeoprs]-[A-Za-z0-9-]{10,}                                # Slack
    | \bAIza[0-9A-Za-z_-]{30,}                                        # Google
    | \bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}                  # SendGrid
    | \beyJ[A-Za-z0-9_-]{5,512}\.eyJ[A-Za-z0-9_-]{5,}                 # a JSON web token
    | -----BEGIN\ [A-Z0-9 ]{0,40}KEY                                  # PEM
    | ://hooks\.slack\.com/[a-z]+/[A-Za-z0-9]                          # addresses that need no password
    | ://(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks/[0-9]
    | \.webhook\.office\.com/webhookb2/ | ://api\.telegram\.org/bot[0-9]
    | (?<![A-Za-z0-9])(?:0x)?[0-9A-Fa-f]{64}(?![A-Za-z0-9])           # 256 bits: a key, or a digest
    | ://[^\s/?\#"'@:]{0,256}:[^\s/?\#"'@]{1,256}@                    # user:password@host
    | (?<![\w.-])(?i:password|passwd|passphrase|passcode|pwd|pin|secret|token|api[ _-]?key)
      [ \t]++(?:(?i:is|was)[ \t]++)?["'`]?(?=[^\s"'`]{0,64}[0-9])[^\s"'`]{4}   # as people note it down
    | \b(?i:bearer|basic)[ ]+(?=[^\s"']{0,256}[0-9=])[A-Za-z0-9+/_.=-]{16,}
    """,
    re.VERBOSE,
)
"""Keys and tokens as those who issue them shape them."""


def holds_secret(text: str) -> bool:
    """Whether a key in it is named like a secret and has a value, or a value looks like one."""
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace('\\"', '"')
    if _VALUES.search(text):
        return True
    text = _TYPE_REFERENCE.sub(" ", text)
    return any(_has_value(text, found.end()) for found in _KEY.finditer(text) if _is_secret(found[1])) or any(
        _has_value(text, found.end()) for found in _SPACED_KEY.finditer(text) if _is_secret(found[1])
    )


def _has_value(text: str, start: int) -> bool:
    return _NOTHING.match(text, start) is None


def _is_secret(key: str) -> bool:
    """Whether a key is named like a secret, by the words that it is made of, in any style."""
    parts = [part.lower() for part in _PARTS.findall(key)]
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts or parts[-1] in _HARMLESS or parts[0] in ("max", "min"):
        return False
    if len(parts) == 1 and parts[0] in _ALONE:
        return True
    return any(map(_is_secret_word, parts)) or any(pair in _PAIRS for pair in pairwise(parts))


def _is_secret_word(word: str) -> bool:
    return (
        word in _WORDS or word.removesuffix("s").endswith(_STEMS) or word.startswith(("passw", "credential"))
    )
