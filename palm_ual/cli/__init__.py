"""The `ual` command line."""
