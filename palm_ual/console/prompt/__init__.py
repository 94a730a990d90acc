"""What is typed at a prompt, with whatever it is typed, and what is done about it."""
