"""Copies what one service's image holds: `python deploy/images/tree.py sales /app`.

A service gets the kernel and its own code, never another's; `operations` gets all of them. Runs
before any library is there, hence without imports of ours.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LEFT_OUT: Final = shutil.ignore_patterns("tests", "__pycache__", "*.pyc", "k8s", "*.md")


def parts(service: str) -> list[str]:
    """The folders of an image, relative to the tree."""
    shared = ["shared", "deploy"]
    if service == "operations":
        return [*shared, "gateway", "services"]
    if service == "gateway":
        return [*shared, "gateway"]
    return [*shared, "services/__init__.py", f"services/{service}"]


def copy(service: str, target: Path) -> None:
    """Raises FileNotFoundError for a service that does not exist."""
    for part in parts(service):
        source, place = ROOT / part, target / part
        if source.is_dir():
            shutil.copytree(source, place, ignore=LEFT_OUT, dirs_exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)


if __name__ == "__main__":
    copy(sys.argv[1], Path(sys.argv[2]))
