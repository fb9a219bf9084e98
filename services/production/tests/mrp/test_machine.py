"""Compiled code is kept for exactly the sources it was compiled from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ENGINE = Path("services/production/mrp/engine")
ROOT = Path(__file__).parents[4]
ONE = """
from services.production.mrp.engine import shelf_kernel
import numpy as np
from services.production.mrp.engine.machine import compiled

@compiled
def read(state, quantity):
    return shelf_kernel.available(state, quantity)

print(read(np.zeros(3, np.int64), np.zeros(4, np.int64)), sum(read.stats.cache_hits.values()))
"""


def test_an_edit_of_a_function_that_is_called_from_another_file_is_noticed(tmp_path: Path) -> None:
    engine = tmp_path / ENGINE
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / ENGINE, engine, ignore=skip)
    (engine / "reading.py").write_text(ONE, encoding="utf-8")
    assert told(tmp_path) == "0 0"
    assert told(tmp_path) == "0 1", "compiled code is kept"
    kernel = engine / "shelf_kernel.py"
    text = kernel.read_text(encoding="utf-8")
    assert text.count("total = -state[SHORT]") == 1
    kernel.write_text(text.replace("total = -state[SHORT]", "total = 7"), encoding="utf-8")
    assert told(tmp_path) == "7 0"


def test_what_an_image_ships_compiled_is_used_and_never_written_to(tmp_path: Path) -> None:
    engine = tmp_path / ENGINE
    shutil.copytree(ROOT / ENGINE, engine, ignore=shutil.ignore_patterns("__pycache__"))
    (engine / "reading.py").write_text(ONE, encoding="utf-8")
    shipped, place = tmp_path / "shipped", tmp_path / "own"
    assert told(tmp_path, NUMBA_CACHE_DIR=str(shipped)) == "0 0"
    for path in shipped.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    given = {"NUMBA_CACHE_DIR": str(place), "MAILUO_COMPILED": str(shipped)}
    assert [told(tmp_path, **given), told(tmp_path, **given)] == ["0 1", "0 1"]
    assert sorted(tmp_path.iterdir()) == [place, tmp_path / "services", shipped]


def told(folder: Path, **given: str) -> str:
    """What the compiled function answers, and how often it was found compiled."""
    command = [sys.executable, "-m", "services.production.mrp.engine.reading"]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | given, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
