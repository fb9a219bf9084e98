"""The demo company at work: two orders, played by people through the public API alone."""
