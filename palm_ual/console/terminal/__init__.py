"""What a terminal can do: colours, and pictures that are drawn in place."""
