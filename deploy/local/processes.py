"""Child processes that outlive a key press but never the stack: start, recognise, stop by pid."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

POLL = 0.02  # seconds between two looks at a process
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # kept: a collected Popen warns and is a zombie


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a child runs as; uid 0 never appears here."""

    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    log: Path,
    account: Account | None = None,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, so that Ctrl-C at the terminal reaches only the supervisor.

    Output is appended to `log`. With `account` the child drops to that user before it executes.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
            env=env,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    _CHILDREN[child.pid] = child
    return child


def alive(pid: int, marker: str) -> bool:
    """True when `pid` runs and one of its arguments holds `marker`: a recycled pid is not ours."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return any(marker in part for part in process.cmdline())
    except psutil.Error:
        return False


def ask(pid: int, marker: str, number: int) -> None:
    """Send one signal to a process of ours and do not wait."""
    if alive(pid, marker):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def stop(pid: int, marker: str, signals: Sequence[int], patience: float = 10.0) -> None:
    """Send the signals one after another, `patience` seconds each, until the process is gone.

    Repeating it, or naming a process that is not ours, changes nothing.
    """
    for number in (*signals, signal.SIGKILL):
        if not alive(pid, marker):
            break
        ask(pid, marker, number)
        deadline = time.monotonic() + patience
        while alive(pid, marker) and time.monotonic() < deadline:
            time.sleep(POLL)
    if (child := _CHILDREN.pop(pid, None)) is not None:
        child.wait()


def tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log on one line, for a sentence that names the cause."""
    try:
        text = log.read_bytes()[-4000:].decode(errors="replace")
    except OSError:
        return "no log"
    return " / ".join(line.strip() for line in text.splitlines()[-lines:]) or "no output"
