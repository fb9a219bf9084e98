"""Child processes for long computations, so that a service goes on answering meanwhile.

One process per kind of work, started at the first need and used again; its jobs queue. A child
ends with its parent, however that ends.
"""

import asyncio
import os
import tempfile
import threading
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """One child process. `nice` lowers its priority; `warm` is called in it before its first job.

    Functions, arguments and results are pickled: functions of modules, plain values.
    """

    def __init__(self, nice: int = 0, warm: Callable[[], object] | None = None) -> None:
        self.nice, self.warm = nice, warm
        self.pool: ProcessPoolExecutor | None = None
        self.under_way = set[Hashable]()

    def begin_once(
        self, name: Hashable, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have the child work beside the requests; asking again meanwhile changes nothing."""

        async def go() -> None:
            try:
                await self.run(work, *args, **kwargs)
            finally:
                self.under_way.discard(name)

        if name not in self.under_way:
            self.under_way.add(name)
            begin(go())

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the call, made in the child; a child that died is started once anew."""
        for last in (False, True):
            pool = self.started()
            try:
                future = pool.submit(work, *args, **kwargs)
                return await asyncio.wrap_future(future)
            except BrokenProcessPool:
                self.pool = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def started(self) -> ProcessPoolExecutor:
        if self.pool is None:
            self.pool = ProcessPoolExecutor(
                1, get_context("spawn"), initializer=prepare, initargs=(self.nice, self.warm)
            )
        return self.pool

    def stop(self) -> None:
        """End the child; the next job starts another."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
            self.pool = None


def prepare(nice: int, warm: Callable[[], object] | None) -> None:
    """Runs in the child: priority, a folder for compiled code, an end with the parent."""
    os.nice(nice)
    if "NUMBA_CACHE_DIR" not in os.environ and not os.access(Path(__file__).parent, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / f"numba-{os.getuid()}")
    threading.Thread(target=end_with_parent, daemon=True).start()
    if warm is not None:
        warm()


def end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(0)


RUNNING = set[asyncio.Task[Any]]()


def begin(work: Coroutine[Any, Any, Any]) -> None:
    """Let work go on beside the requests; it must tell its failures itself."""
    task = asyncio.get_running_loop().create_task(work)
    RUNNING.add(task)
    task.add_done_callback(RUNNING.discard)
