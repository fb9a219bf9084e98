"""What is compiled before anybody waits is all that a plan needs."""

import subprocess
import sys

import pytest

LOOK = """
import sys
from random import Random

import numpy as np

from services.production.mrp.engine.ahead import compile_ahead
assert compile_ahead()

from numba.core.registry import CPUDispatcher

from services.production.mrp.engine.building import build
from services.production.mrp.engine.compiled import Standing, roomier
from services.production.mrp.engine.everything import all_messages, check_all_bounds
from services.production.mrp.engine.promising import earliest
from services.production.tests.mrp.test_long_horizon import varied

def compiled():
    modules = [module for name, module in sys.modules.items() if name.endswith("_kernel")]
    modules.append(sys.modules["services.production.mrp.engine.kernel"])
    all = [one for module in modules for one in vars(module).values()]
    own = {one for one in all if type(one) is CPUDispatcher}
    return {f"{one.__name__} {sign}" for one in own for sign in one.overloads}

before = compiled()
standing = Standing(build(varied(Random(1), 1)), check_all_bounds)
all_messages(standing)
standing.add_stock(0, -3)
standing.rebase(standing.snapshot, np.array([1, 2]), check_all_bounds)
standing.arena = roomier(standing.arena)
earliest(standing.snapshot, 0, 5)
print(len(before) > 3, compiled() - before)
"""


@pytest.mark.req("C1")
def test_a_plan_compiles_nothing_that_is_not_compiled_ahead() -> None:
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "True set()"
