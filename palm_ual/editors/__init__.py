"""UAL for other programs: a Pygments lexer and a TextMate grammar, both made from the grammar."""
