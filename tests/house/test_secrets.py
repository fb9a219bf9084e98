"""No secret stands in the tree: every tracked file is read for what looks like one."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BINARY = {".png", ".ico", ".woff2", ".gz", ".xlsx", ".pdf"}
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=]{16}"),
    "private JWK": re.compile(r'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"'),
    "broker seed": re.compile(r"\bS[UANOC][A-Z2-7]{56}\b"),
    "signed token": re.compile(
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    ),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA|LTAI)[A-Z0-9]{16}\b"),
    "service token": re.compile(
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}|pypi-Ag\w{30,})"
    ),
    "password in a URL": re.compile(r"://[\w.-]+:(?!\$|\{|%|<|…)[^\s:@/\"'{}<>…]{6,}@[\w.-]"),
    "password given": re.compile(
        r"(?i)\b(?:password|passwd|secret[_-]?key|api[_-]?key)\s*[=:]\s*"
        r"[\"'](?=[^\"']*\d)(?=[^\"']*[A-Za-z])[A-Za-z0-9+/_=-]{16,}[\"']"
    ),
}
# Written in two pieces, so that this file is none of its own findings.
PLANTED = {
    "private key": "-----BEGIN EC PRIVATE" + " KEY-----\nMHcCAQEEIBkg4L1kd0aQ",
    "private JWK": '{"kty": "OKP", "d"' + f': "{"x9" * 22}"}}',
    "broker seed": "SU" + "AM2DFG" * 9 + "XY",
    "signed token": "eyJhbGciOiJFZERTQSJ9" + ".eyJpc3MiOiJnYXRld2F5In0." + "c2lnbmF0dXJlLW9m",
    "cloud key": "AKIA" + "QWERTY1234567890",
    "service token": "ghp_" + "a1B2" * 9,
    "password in a URL": "postgresql://sales_app:" + "hunter2hunter2@db:5432/sales",
    "password given": 'PASSWORD = "' + 'correct4horse7battery"',
}


def findings(text: str) -> Iterator[tuple[str, str]]:
    for name, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            yield name, found[0][:12]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name]
    assert names, "this test reads what git tracks"
    return [Path(name) for name in names if Path(name).suffix not in BINARY]


def test_nothing_that_is_tracked_is_a_secret() -> None:
    found = [
        f"{path}: {name} {shown}…"
        for path in tracked()
        if path.is_file()
        for name, shown in findings(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, found


@pytest.mark.parametrize("name", SECRETS)
def test_a_planted_secret_is_found(name: str) -> None:
    assert name in {kind for kind, _ in findings(PLANTED[name])}
