"""Build hook: what wheels and editable installs hold that no checkout does, the parse tables and the man page."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MadeHook(BuildHookInterface[BuilderConfig]):
    """Makes `palm_ual/lang/ual_tables.bin` from `grammar/ual.lark`, and `ual.1` from the arguments and the help.

    Nothing of what is built is installed yet: what is imported here needs lark and msgspec at the most.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # type: ignore[explicit-override]
        sys.path.insert(0, self.root)
        try:
            self._make_tables(build_data)
            self._make_manual(build_data)
        finally:
            sys.path.remove(self.root)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # type: ignore[explicit-override]
        self._made.cleanup()

    def _make_tables(self, build_data: dict[str, Any]) -> None:
        import msgspec

        from palm_ual.lang.tables import TABLES_FILE, build_tables

        root = Path(self.root)
        tables = build_tables((root / "grammar" / "ual.lark").read_text(encoding="utf-8"))
        target = root / "palm_ual" / "lang" / TABLES_FILE
        target.write_bytes(msgspec.msgpack.encode(tables))
        build_data["artifacts"].append(f"palm_ual/lang/{TABLES_FILE}")

    def _make_manual(self, build_data: dict[str, Any]) -> None:
        """It comes from outside the checkout, which has no use for it."""
        from palm_ual.cli.manual import MANUAL_FILE, manual_page

        self._made = tempfile.TemporaryDirectory(prefix="ual-")
        page = Path(self._made.name) / MANUAL_FILE
        page.write_text(manual_page(), encoding="ascii")
        build_data["shared_data"][str(page)] = f"share/man/man1/{MANUAL_FILE}"
