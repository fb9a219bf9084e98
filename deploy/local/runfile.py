"""`run.json`: where the gateway is and who may log in, readable by its owner alone."""

import json
import os
from pathlib import Path

Users = dict[str, dict[str, str]]  # by role: {"username": …, "password": …}


def write_private(path: Path, text: str) -> None:
    """Replace the file whole, mode 0600; a reader sees the old or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.rename(path)


def write_run_file(home: Path, gateway: str, users: Users) -> Path:
    """Tell the outside where this run listens. Written when everything is ready."""
    path = home / "run.json"
    write_private(path, json.dumps({"gateway": gateway, "users": users}, indent=2) + "\n")
    return path


def read_gateway(home: Path) -> str:
    """The URL of the run that wrote the file, empty when there is none."""
    try:
        return str(json.loads((home / "run.json").read_text(encoding="utf-8"))["gateway"])
    except (OSError, ValueError, KeyError):
        return ""
