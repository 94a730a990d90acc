"""Build hook: writes the parse tables of the grammar beside the parser, for wheels and editable installs."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface[BuilderConfig]):
    """Makes `palm_ual/lang/ual_tables.bin` from `grammar/ual.lark`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # type: ignore[explicit-override]
        sys.path.insert(0, self.root)
        try:
            import msgspec

            from palm_ual.lang.tables import TABLES_FILE, build_tables
        finally:
            sys.path.remove(self.root)
        root = Path(self.root)
        tables = build_tables((root / "grammar" / "ual.lark").read_text(encoding="utf-8"))
        target = root / "palm_ual" / "lang" / TABLES_FILE
        target.write_bytes(msgspec.msgpack.encode(tables))
        build_data["artifacts"].append(f"palm_ual/lang/{TABLES_FILE}")
