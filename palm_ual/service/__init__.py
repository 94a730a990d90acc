"""Statements become result events here: checks and waits, but no rendering."""
