"""A PostgreSQL for the length of one command: a new migration is compared against it."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.postgres import start_postgres


@contextmanager
def scratch_database() -> Generator[str]:
    """The URL of an empty database on a cluster that goes away with the block."""
    home = Path(tempfile.mkdtemp(prefix="mailuo-scratch-"))
    cluster = start_postgres(home, options={"fsync": "off"})
    try:
        yield cluster.admin_url
    finally:
        cluster.stop()
        shutil.rmtree(cluster.place.sockets, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def tidied(path: Path) -> None:
    """Bring a generated file into the house's layout, where ruff is installed."""
    ruff = Path(sys.executable).with_name("ruff")
    for arguments in (("format",), ("check", "--fix"), ("format",)):
        if ruff.exists():
            subprocess.run([ruff, *arguments, "--quiet", path], check=False)  # noqa: S603 - our own tool
