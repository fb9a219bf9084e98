"""Backups of one machine: `make backup to=…`, `make follow to=…`, `make restore from=…`.

A backup folder holds `base/` (taken while everything runs), `secrets/` (the passwords and keys that
belong to it) and `wal/` (what `follow` streams, for points in time after the base). A restore goes
into a home that does not exist yet; the streams begin empty there and the relays fill them again
from the outboxes, so run `make reconcile ARGS=--repair` afterwards (decision 24).
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from rich.console import Console

from deploy.local.messages import Unstartable, say
from deploy.local.place import place_for
from deploy.local.ports import base_port, free_port, port_of
from deploy.local.postgres import SUPERUSER, Postgres, start_postgres
from deploy.local.prepare import prepare_home
from deploy.local.processes import Account, spawn

CHECKSUMS: Final = ("--manifest-checksums=SHA256",)
SLOT: Final = "mailuo_follow"  # keeps WAL until it has been streamed
RECOVERY_SECONDS: Final = 600.0
OUT: Final = Console(highlight=False)


def backup(home: Path, target: Path) -> None:
    """A base backup of the running cluster, verified, with its keys. Refuses a used folder."""
    postgres = joined(home)
    if (target / "base").exists():
        raise Unstartable("backup_there", path=target)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(home / "secrets", target / "secrets", dirs_exist_ok=True)
    base = target / "base"
    tool(home, postgres, "pg_basebackup", f"-D{base}", "--checkpoint=fast", *CHECKSUMS)
    verify(base)


def verify(base: Path) -> None:
    """Every file is as it was when it was copied; raises Unstartable naming the first that is not.

    In the place of pg_verifybackup: the wheel's own crashes.
    """
    manifest = json.loads((base / "backup_manifest").read_text(encoding="utf-8"))
    for entry in manifest["Files"]:
        path = base / str(entry["Path"])
        if not path.is_file() or sha256(path) != entry["Checksum"]:
            raise Unstartable("damaged_backup", path=path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def follow(home: Path, target: Path) -> subprocess.Popen[bytes]:
    """Stream the WAL into the backup folder until the returned process is ended."""
    postgres = joined(home)
    wal = target / "wal"
    wal.mkdir(mode=0o700, parents=True, exist_ok=True)
    tool(home, postgres, "pg_receivewal", f"--slot={SLOT}", "--create-slot", "--if-not-exists")
    command: list[str | Path] = [postgres.place.binaries / "pg_receivewal"]
    command += [f"-d{conninfo(postgres)}", f"-D{wal}"]
    command += [f"--slot={SLOT}", "--synchronous"]
    return spawn(command, home / "logs" / "follow.log", env=credentials(postgres))


def restore(source: Path, home: Path, at: datetime | None, port: int) -> None:
    """A new home as the databases were at `at` (default: all that the backup holds), stopped."""
    if not (source / "base" / "PG_VERSION").exists():
        raise Unstartable("no_backup", path=source)
    if home.exists() and any(home.iterdir()):
        raise Unstartable("home_there", path=home)
    verify(source / "base")
    prepare_home(home)
    shutil.copytree(source / "secrets", home / "secrets", dirs_exist_ok=True)
    place = place_for(home)
    shutil.copytree(source / "base", place.data, dirs_exist_ok=True)
    wal = place.sockets / "wal"
    wal.mkdir(mode=0o700)
    if (source / "wal").exists():
        shutil.copytree(source / "wal", wal, dirs_exist_ok=True)
    (place.data / "recovery.signal").touch()
    for folder in (place.data, wal):
        for path in (folder, *folder.rglob("*")):
            give(path, place.account)
    place.data.chmod(0o700)
    postgres = start_postgres(home, port, recovery(wal, at))
    try:
        until_recovered(postgres)
    finally:
        postgres.stop()
        shutil.rmtree(wal, ignore_errors=True)


def recovery(wal: Path, at: datetime | None) -> dict[str, str]:
    """How PostgreSQL finds the WAL; the segment that was being streamed has another name."""
    fetch = f'cp "{wal}/%f" "%p" 2>/dev/null || cp "{wal}/%f.partial" "%p"'
    found = {"restore_command": fetch, "recovery_target_action": "promote"}
    return found | ({"recovery_target_time": at.isoformat()} if at else {})


def until_recovered(postgres: Postgres) -> None:
    """Return once the cluster takes writes; raises Unstartable when it does not in ten minutes."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    with psycopg.connect(postgres.conninfo(), autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row is not None and not row[0]:
                connection.execute("CHECKPOINT")
                return
            time.sleep(0.1)
    raise Unstartable("not_recovered", seconds=RECOVERY_SECONDS)


def joined(home: Path) -> Postgres:
    """The home's running cluster; raises Unstartable when there is none to back up."""
    if not (home / "postgres").exists():
        raise Unstartable("not_running", home=home)
    postgres = start_postgres(home)
    if postgres.started:
        postgres.stop()
        raise Unstartable("not_running", home=home)
    return postgres


def conninfo(postgres: Postgres) -> str:
    """Where PostgreSQL's own programs connect; the password goes by environment, out of sight."""
    sockets = quote(str(postgres.place.sockets), safe="")
    return f"postgresql://{SUPERUSER}@/postgres?host={sockets}&port={postgres.port}"


def credentials(postgres: Postgres) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": postgres.password}


def tool(home: Path, postgres: Postgres, name: str, *words: str) -> None:
    """Run one of PostgreSQL's programs to its end; its log is named in the refusal."""
    log = home / "logs" / "backup.log"
    command: list[str | Path] = [postgres.place.binaries / name, f"-d{conninfo(postgres)}", *words]
    if spawn(command, log, env=credentials(postgres)).wait() != 0:
        raise Unstartable("tool_failed", name=name, log=log)


def give(path: Path, account: Account | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="backup", description=__doc__)
    parser.add_argument("act", choices=("backup", "follow", "restore"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--at", type=datetime.fromisoformat, help="2026-11-23 10:15:00+00")
    asked = parser.parse_args()
    home = Path(os.environ.get("MAILUO_HOME") or ".local").absolute()
    folder = asked.folder.absolute()
    try:
        if asked.act == "backup":
            backup(home, folder)
        elif asked.act == "follow":
            follow(home, folder).wait()
        else:
            port = port_of(base_port(os.environ.get("MAILUO_PORT")), "postgres")
            restore(folder, home, asked.at, port if os.environ.get("MAILUO_PORT") else free_port())
    except Unstartable as refusal:
        Console(stderr=True, highlight=False).print(f"[red]✗[/] {refusal}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 0
    OUT.print(say(f"{asked.act}_done", folder=folder, home=home), soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
