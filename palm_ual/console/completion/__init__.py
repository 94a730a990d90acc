"""What may be typed next: pure, but for the names of files."""
