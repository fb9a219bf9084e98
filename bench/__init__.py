"""Performance figures as ratios from one run: ours against this machine's own limit."""
