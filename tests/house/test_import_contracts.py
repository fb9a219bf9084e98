"""Each import contract is seen to fail on a planted import, and to pass without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTEXTS = (
    *("masterdata", "procurement", "production", "quality"),
    *("inventory", "sales", "finance", "analytics"),
)
SLICE = ("tables", "rules", "commands", "queries", "routes", "reactions", "plan", "engine/__init__")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of the house's shape with the real contracts and nothing to complain about."""
    for context in CONTEXTS:
        for slice in ("orders", "returns"):
            for name in ("__init__", *SLICE):
                plant(tmp_path, f"services/{context}/{slice}/{name}.py", "")
    for name in ("saga", "lifecycle", "auth", "session"):
        plant(tmp_path, f"shared/{name}.py", "")
    plant(tmp_path, "shared/auth.py", "import fastapi\n")
    plant(tmp_path, "shared/session.py", "import sqlalchemy\n")
    plant(tmp_path, "shared/actor.py", "")
    plant(tmp_path, "shared/lifecycle.py", "import shared.actor\n")
    for name in ("rules", "commands", "tables"):
        plant(tmp_path, f"gateway/identity/{name}.py", "")
    (tmp_path / ".importlinter").write_text((ROOT / ".importlinter").read_text())
    return tmp_path


def plant(root: Path, place: str, source: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    folder = path.parent
    while folder != root:
        (folder / "__init__.py").touch()
        folder = folder.parent


def lint(root: Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_clean_tree_keeps_every_contract(tree: Path) -> None:
    plant(tree, "services/sales/orders/rules.py", "import shared.lifecycle\n")
    plant(tree, "services/sales/orders/commands.py", "import services.sales.orders.rules\n")
    code, output = lint(tree)
    assert code == 0, output


@pytest.mark.parametrize(
    ("place", "source", "contract"),
    [
        ("services/sales/orders/commands.py", "import services.finance.orders", "one another"),
        ("shared/saga.py", "import services.sales", "shared knows no service"),
        ("shared/session.py", "import gateway.identity", "shared knows no service"),
        ("gateway/identity/commands.py", "import services.sales", "HTTP and events only"),
        ("services/sales/orders/plan.py", "import gateway", "do not know the gateway"),
        ("services/sales/orders/commands.py", "import services.sales.orders.routes", "point down"),
        ("services/sales/orders/tables.py", "import services.sales.orders.rules", "point down"),
        ("services/sales/orders/engine/__init__.py", "from .. import rules", "point down"),
        ("gateway/identity/tables.py", "import gateway.identity.commands", "point down"),
        ("services/sales/orders/rules.py", "import sqlmodel", "Rules are pure"),
        ("services/sales/orders/plan.py", "import httpx", "Rules are pure"),
        ("services/sales/orders/rules.py", "import shared.session", "Rules are pure"),
        ("services/sales/orders/engine/__init__.py", "import psycopg", "Rules are pure"),
        ("gateway/identity/rules.py", "import fastapi", "Rules are pure"),
        ("shared/saga.py", "import nats", "Rules are pure"),
    ],
)
def test_a_planted_import_is_caught(tree: Path, place: str, source: str, contract: str) -> None:
    plant(tree, place, source + "\n")
    code, output = lint(tree)
    assert code == 1, output
    broken = [line for line in output.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken), output


def test_two_slices_in_a_circle_are_caught(tree: Path) -> None:
    plant(tree, "services/sales/orders/commands.py", "import services.sales.returns.rules\n")
    plant(tree, "services/sales/returns/commands.py", "import services.sales.orders.rules\n")
    code, output = lint(tree)
    assert code == 1
    assert "never go in circles BROKEN" in output
