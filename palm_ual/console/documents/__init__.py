"""Answers for programs: JSON, NDJSON, YAML, CSV."""
