"""Prints, at the end of a run, what was in flight at each kill: workers' output is not shown."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line per kill, from the properties that the crash tests recorded."""
    lines = [
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "crash"
    ]
    if lines:
        terminalreporter.section("in flight at each kill")
        terminalreporter.write("\n".join(lines) + "\n")
