"""A small tree with the real supervisor and three services that only answer probes.

The supervisor is under test here, not the services: they come from temporary files, and schemas are
left empty. State, ports and processes are all real.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from deploy.local.place import private_path

ROOT = Path(__file__).resolve().parents[3]
APP = """
from fastapi import FastAPI
def create_app(settings):
    app = FastAPI()
    @app.get("/health/{probe}")
    async def health(probe: str): return {"context": settings.context, "demo": settings.demo}
    return app
"""
SEED = """
async def seed(settings, *, demo):
    names = ["admin", "buyer"] if demo else ["admin"]
    return {name: {"username": name, "password": "pw"} for name in names}
"""
STORY = "import os, sys\nprint('story', *sys.argv[1:])\nsys.exit(int(os.environ.get('ENDS', '0')))"


@dataclass
class Tree:
    """The tree, its home and its ports."""

    root: Path
    base: int
    variables: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def home(self) -> Path:
        return self.root / ".local"

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The command line in its own session, output in a pipe."""
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.local.main", *arguments],
            cwd=self.root,
            env={**os.environ, "MAILUO_PORT": str(self.base), "LC_ALL": "C", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """The command line to its end: exit code and everything it said."""
        with self.start(*arguments, **variables) as process:
            output, _ = process.communicate(timeout=90)
            return process.returncode, output

    def until_ready(self, process: subprocess.Popen[str]) -> str:
        """Read what it says until it is ready."""
        assert process.stdout is not None
        said = ""
        while line := process.stdout.readline():
            said += line
            if "Ready in" in line:
                return said
        raise AssertionError(said)

    def processes(self) -> list[int]:
        """Every process that names this tree's home or runs in it."""
        found: list[int] = []
        for process in psutil.process_iter():
            try:
                words = " ".join(process.cmdline())
                if str(self.home) in words or str(private_path(self.home)) in words:
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found

    def end(self) -> None:
        """Leave nothing running and nothing behind."""
        self.call("stop")
        shutil.rmtree(private_path(self.home), ignore_errors=True)


def make_tree(root: Path, base: int) -> Tree:
    """Copy supervisor and kernel, and plant services, users and a story."""
    skip = shutil.ignore_patterns("tests", "__pycache__", "migrations")
    for package in ("deploy", "shared"):
        shutil.copytree(ROOT / package, root / package, ignore=skip)
    (root / "shared" / "migrate.py").write_text("def upgrade(context, owner_url, app_role): ...\n")
    for folder in ("services/sales", "services/inventory", "gateway"):
        (root / folder).mkdir(parents=True)
        (root / folder / "app.py").write_text(APP)
    for place, source in (("gateway/identity/seed.py", SEED), ("demo/story.py", STORY)):
        (root / place).parent.mkdir(parents=True)
        (root / place).write_text(source)
    return Tree(root, base)


def end_process(process: subprocess.Popen[str], number: int = signal.SIGINT) -> str:
    """Send a signal and read what is said until the end."""
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    return output


def gone(tree: Tree, patience: float = 5.0) -> bool:
    """True when no process of the tree is left after a while."""
    deadline = time.monotonic() + patience
    while tree.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not tree.processes()
