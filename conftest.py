"""Real servers for every test: see tests/support/__init__.py."""

pytest_plugins = ["tests.support.plugin", "tests.faults.summary"]
