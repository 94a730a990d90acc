"""Records as JSON and CSV text. Nothing in them can steer a terminal: it is escaped, and not lost."""

import re
from collections.abc import Iterable, Sequence
from io import StringIO

import msgspec

from palm_ual.console.documents.records import Record
from palm_ual.console.lines.safe import safe


def json_text(value: object, *, unicode: bool, indent: int = 0) -> str:
    """JSON without a line break at its end, on one line unless `indent`; pure ASCII unless `unicode`."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        # A lone surrogate, from a file name that is not UTF-8: only the standard library writes it down.
        import json

        encoded = json.dumps(value, separators=(",", ":")).encode()
    if indent:
        encoded = msgspec.json.format(encoded, indent=indent)
    text = encoded.decode()
    if text.isascii() and "\x7f" not in text:
        return text
    if not unicode:
        text = re.sub("[^\x00-\x7f]", lambda found: _json_escape(found[0]), text)
    return safe(text, cell=False, escape=_json_escape)


def _json_escape(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def csv_text(header: Sequence[str], rows: Iterable[Record]) -> str:
    """A header and a line for each row, quoted as in RFC 4180, with a line feed at the end of each line.

    None is an empty field, ids have blanks between them, other nested values are JSON.
    """
    import csv

    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_csv_field, header))
    writer.writerows([_csv_field(row.get(name)) for name in header] for row in rows)
    return out.getvalue()


def _csv_field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return safe(value, cell=True)
    if not isinstance(value, list | tuple | dict):
        return str(value)
    if not isinstance(value, dict) and all(isinstance(item, str) and " " not in item for item in value):
        return safe(" ".join(value), cell=True)
    return json_text(value, unicode=True)
