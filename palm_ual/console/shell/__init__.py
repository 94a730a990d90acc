"""The interactive shell: the only part that knows prompt_toolkit."""
