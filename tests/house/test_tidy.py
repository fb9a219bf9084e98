"""Each rule of tools/tidy.py catches a planted violation and lets the good form pass."""

from pathlib import Path

import pytest

from tools.tidy import all_complaints

GHOST = "ghcr" + ".io/someone/image"
INDEX = "https://" + "pypi" + ".org/simple"


def complaints(root: Path, place: str, source: str) -> str:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return "\n".join(all_complaints(root))


@pytest.mark.parametrize(
    ("place", "source", "complaint"),
    [
        ("shared/long.py", "x = 1\n" * 301, "301 lines: split it"),
        ("tests/test_long.py", "def f() -> None:\n" + "    x = 1\n" * 40, "f has 41 lines"),
        ("deploy/local/a.py", "async def f() -> None:\n" + "    x = 1\n" * 40, "f has 41 lines"),
        ("services/sales/orders/commands.py", "def f(s): s.commit()\n", "never commit"),
        ("gateway/identity/commands.py", "def f(s): s.rollback()\n", "never commit"),
        ("services/sales/orders/service.py", "", "not a house file name"),
        ("services/sales/orders/models/rows.py", "", "no folder but engine/"),
        ("gateway/identity/users/service.py", "", "not a house file name"),
        ("shared/utils.py", "", "utils is a drawer"),
        ("services/sales/app.py", "print('x')\n", "never print"),
        ("demo/story.py", "import psycopg\n", "must not import psycopg"),
        ("demo/story.py", "from shared.auth import mint\n", "must not import shared"),
        ("demo/steps/buy.py", "import subprocess\n", "must not import subprocess"),
        ("demo/steps/buy.py", "from services import sales\n", "must not import services"),
        ("shared/a.py", "# TO" + "DO later\n", "do it, or name an issue"),
        ("Makefile", f"pip install -i {INDEX} x\n", "is a registry host"),
        ("deploy/k8s/base.yaml", f"image: {GHOST}:1\n", "is a registry host"),
        ("docs/a.md", "see /" + "work/main/x\n", "a path of one machine"),
    ],
)
def test_a_planted_violation_is_caught(
    tmp_path: Path, place: str, source: str, complaint: str
) -> None:
    found = complaints(tmp_path, place, source)
    assert found.startswith(f"{place}:")
    assert complaint in found


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("shared/full.py", "x = 1\n" * 300),
        ("shared/a.py", "def f() -> None:\n" + "    x = 1\n" * 39),
        ("services/sales/orders/engine/solve.py", "x = 1\n"),
        ("services/sales/orders/plan.py", "x = 1\n"),
        ("services/sales/tests/orders/test_rules.py", "def f(s): s.commit()\n"),
        ("services/sales/migrations/versions/0001.py", "x = 1\n" * 500),
        ("shared/session.py", "def f(s): s.commit()\n"),
        ("tools/slice.py", "print('x')\n"),
        ("demo/story.py", "import csv\nimport httpx\nimport json\nfrom rich.live import Live\n"),
        ("demo/steps/buy.py", "from demo.story import play\nfrom . import sell\n"),
        ("README.md", "the workflow/main path, https://example.org\n"),
        (".venv/lib/x.txt", f"{INDEX}\n"),
    ],
)
def test_the_good_form_passes(tmp_path: Path, place: str, source: str) -> None:
    assert complaints(tmp_path, place, source) == ""
