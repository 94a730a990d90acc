"""A person's own files: config, start-up file, history. Only a prompt reads and writes them."""
