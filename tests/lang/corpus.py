"""The rows of the collected inputs, with their text put together."""

import json
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent.parent / "corpus"


def rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CORPUS / name).read_text(encoding="utf-8"))
    return found


def text_of(row: dict[str, Any]) -> str:
    parts = row.get("input_parts") or [[row["input"], 1]]
    return "".join(part * times for part, times in parts)
