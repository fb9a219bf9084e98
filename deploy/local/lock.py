"""One supervisor per home. The kernel drops the lock with the process, so kill -9 leaves none."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from deploy.local.messages import Unstartable


@dataclass(frozen=True, slots=True)
class Lock:
    """The home's lock, held until `release` or the end of the process."""

    file: TextIO

    def release(self) -> None:
        """Let the next supervisor in."""
        self.file.close()


def _path(home: Path) -> Path:
    return home / "supervisor.lock"


def take_lock(home: Path) -> Lock:
    """Become the home's only supervisor; raises Unstartable naming the one that runs."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        file = _path(home).open("a+", encoding="utf-8")
    except OSError as error:
        raise Unstartable("not_writable", path=home) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise Unstartable("second_instance", home=home, pid=holder(home) or "?") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return Lock(file)


def holder(home: Path) -> int | None:
    """The pid of the running supervisor; a file that nobody locks is stale and gives None."""
    try:
        with _path(home).open("r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text.isdigit() else None
    except OSError:
        pass
    return None
