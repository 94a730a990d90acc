"""The machine formats: what each statement puts on standard output, from its events."""

from palm_ual.console.documents.formats import csv_text, json_text
from palm_ual.console.documents.records import (
    Answer,
    Record,
    Summary,
    answer,
    csv_rows,
    log_lines_of,
    record,
    rows_of,
)
from palm_ual.model.results import LogShown, ResultEvent, TableShown, Watched
from palm_ual.service.session import OutputFormat


class Documents:
    """One document for a statement; in ndjson one line for each row or event, as it happens.

    A looking statement's document is its answer. A working statement's is put together from its events
    and is there when it ends, also when it fails half-way; one that was refused says nothing here.
    """

    def __init__(self, format: OutputFormat, *, unicode: bool, pretty: bool) -> None:
        self._format = format
        self._unicode = unicode
        self._indent = 2 if pretty else 0
        self._written = False
        self._header: list[str] = []
        """Of the table that a WATCH goes on with."""
        self._summary = Summary("")

    def start(self, statement: str) -> None:
        self._summary = Summary(statement)
        self._header = []

    def show(self, event: ResultEvent) -> str:
        """What to write at once: of a WATCH only what has changed."""
        if isinstance(event, Watched) and not event.changed:
            return ""
        if self._format == "ndjson":
            return "".join([self._json(line) for line in _lines_of(event)])
        if not isinstance(event, Answer):
            self._summary.add(event)
            return ""
        if self._format == "csv":
            return self._csv(event)
        return self._separated(self._document(answer(event)))

    def end(self, outcome: str) -> str:
        """What to write when the statement has ended as `outcome`."""
        if self._summary.empty:
            return ""
        whole = self._summary.record(outcome)
        if self._format == "csv":
            return self._separated(csv_text(list(whole), [whole]))
        return self._separated(self._document(whole))

    def _document(self, value: Record | list[Record]) -> str:
        if self._format == "yaml":
            from palm_ual.console.documents.yaml_text import yaml_text  # importing yaml is slow

            return yaml_text(value, unicode=self._unicode)
        return json_text(value, unicode=self._unicode, indent=self._indent) + "\n"

    def _json(self, line: Record) -> str:
        return json_text(line, unicode=self._unicode) + "\n"

    def _csv(self, event: Answer) -> str:
        header, rows = csv_rows(event)
        text = csv_text(header, rows)
        if isinstance(event, Watched):
            if header == self._header:
                return text.partition("\n")[2]
            self._header = header
        return self._separated(text)

    def _separated(self, document: str) -> str:
        separator = {"yaml": "---\n", "csv": "\n"}.get(self._format, "") if self._written else ""
        self._written = True
        return separator + document


def _lines_of(event: ResultEvent) -> list[Record]:
    if isinstance(event, TableShown):
        return rows_of(event)
    if isinstance(event, LogShown):
        return log_lines_of(event)
    if isinstance(event, Answer):
        whole = answer(event)
        return whole if isinstance(whole, list) else [whole]
    return [record(event)]
