"""UAL as text and as values: grammar, parser, unparse, diagnostics, completion kinds. Runs no fleet."""
