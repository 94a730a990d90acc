"""The command's two ends: what a person types comes in here, and what happened goes out as text or data."""
