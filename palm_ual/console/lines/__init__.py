"""Answers for people, as styled lines. Pure."""
