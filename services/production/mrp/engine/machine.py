"""How the kernels are compiled: kept on disk, divided like C, and without counting references.

Imported only where numba is to be had. The arrays of a call belong to its caller and outlive it, so
nobody need count them; counting took four fifths of a plan's time, for each call passes some forty.
Nothing compiled this way may make an array; what is `counted` may.

Numba keeps a compiled function with what it calls, and compiles it anew only when its own file is
another; a change of a function in another file would never be noticed. Here all files count. It is
compiled for any machine of the architecture, which is as fast, so that it may be shipped.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202
# pyright: basic, reportCallIssue=false

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("NUMBA_CPU_NAME", "generic")  # before numba reads it

from llvmlite import ir
from numba import config, njit, types
from numba.core.caching import (
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


def bring(shipped: Path, place: Path) -> None:
    """Copy what an image ships compiled to where numba may write too; who comes first does."""
    if place.exists() or not shipped.is_dir():
        return
    fresh = Path(tempfile.mkdtemp(dir=place.parent))
    shutil.copytree(shipped, fresh, dirs_exist_ok=True)
    try:
        fresh.rename(place)
    except OSError:  # another process has come before
        shutil.rmtree(fresh)


if "MAILUO_COMPILED" in os.environ:
    bring(Path(os.environ["MAILUO_COMPILED"]), Path(os.environ["NUMBA_CACHE_DIR"]))


def stamp_of(folder: Path) -> str:
    """SHA-256 of the sources of a folder, by their names."""
    hashed = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        hashed.update(f"{path.name} {path.stat().st_size}\n".encode())
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


STAMP = stamp_of(Path(__file__).parent)


class AllSources:
    def get_source_stamp(self) -> str:
        return STAMP


class Provided(AllSources, UserProvidedCacheLocator):
    """Compiled code in `NUMBA_CACHE_DIR`."""


class InTree(AllSources, InTreeCacheLocator):
    """Compiled code beside the sources."""


class UserWide(AllSources, UserWideCacheLocator):
    """Compiled code in the user's own folder, where the sources cannot be written to."""


# Numba looks these up by name whenever a function is decorated.
PLACES = (Provided, InTree, UserWide)
NAMES = ",".join(f"{__name__}.{place.__name__}" for place in PLACES)
config.CACHE_LOCATOR_CLASSES = NAMES  # pyright: ignore[reportAttributeAccessIssue]

compiled = njit(cache=True, error_model="numpy", _nrt=False)
counted = njit(cache=True, error_model="numpy")
inlined = njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)


@intrinsic
def fetch(context, array, place):  # noqa: ARG001 - numba's signature
    """Have the processor fetch what stands at a place of an array, while it does something else."""

    def generate(context, builder, signature, values):
        given = make_array(signature.args[0])(context, builder, values[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        at = builder.bitcast(builder.gep(given.data, [values[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        builder.call(call, [at, number(0), number(3), number(1)])  # to read, soon, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
