"""Quality: what was looked at, what was decided, and what became of what."""
