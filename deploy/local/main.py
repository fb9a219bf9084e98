"""`make run` and its siblings: run, --once, stop, status, reset, story.

Environment: MAILUO_HOME (state, default .local), MAILUO_PORT (first port, 8600), MODE (multi for
separate processes), DEMO (0: an empty company with one administrator).
"""

import argparse
import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from deploy.local.garbage import collector_rests
from deploy.local.lock import holder, take_lock
from deploy.local.messages import Unstartable, say
from deploy.local.multi import stop_orphans
from deploy.local.place import private_path
from deploy.local.ports import base_port
from deploy.local.prepare import OWNED
from deploy.local.runfile import read_gateway
from deploy.local.stack import Stack, stop_engines
from deploy.local.wiring import Plan

STOP_PATIENCE: Final = 40.0  # seconds until a supervisor that does not end is killed
OUT: Final = Console(highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 could not (one sentence on standard error), else the story's own."""
    parser = argparse.ArgumentParser(prog="mailuo", description=__doc__)
    commands = ("run", "stop", "status", "reset", "story")
    parser.add_argument("command", nargs="?", default="run", choices=commands)
    parser.add_argument(
        "--once", action="store_true", help="play the story, stop, exit as it ended"
    )
    parser.add_argument("--reload", default="", help="start this service again when it changes")
    options = parser.parse_args(arguments)
    try:
        plan = plan_from(os.environ, str(options.reload))
        if options.command == "run":
            return uvloop.run(run(plan, once=options.once))
        act = {"stop": stop_run, "status": status, "reset": reset, "story": story}
        return act[options.command](plan)
    except Unstartable as refusal:
        Console(stderr=True, highlight=False).print(f"[red]✗[/] {refusal}", soft_wrap=True)
        return 1


def plan_from(variables: Mapping[str, str], reload: str = "") -> Plan:
    """What the environment asks for."""
    return Plan(
        home=Path(variables.get("MAILUO_HOME") or ".local").absolute(),
        base=base_port(variables.get("MAILUO_PORT")),
        demo=variables.get("DEMO", "1") != "0",
        embedded=variables.get("MODE", "") != "multi",
        reload=reload,
    )


async def run(plan: Plan, *, once: bool) -> int:
    """Start, play the story when it is due, stay until a signal, leave no process behind."""
    lock = take_lock(plan.home)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    stack = Stack(plan, OUT)
    work = asyncio.create_task(work_of(stack, once=once))
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([work, waiting], return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else int(once)
    finally:
        OUT.print(say("stopping"))
        for task in (work, waiting):
            task.cancel()
        await asyncio.gather(work, waiting, return_exceptions=True)
        await stack.stop()
        (plan.home / "run.json").unlink(missing_ok=True)
        lock.release()
        OUT.print(say("stopped"))


async def work_of(stack: Stack, *, once: bool) -> int:
    """The run itself; cancelled by a signal."""
    with collector_rests():
        await stack.start()
    played = stack.plan.home / "story-played"
    if once or (stack.plan.demo and not played.exists() and has_story()):
        if not has_story():
            raise Unstartable("no_story")
        code = await play(stack.plan)
        if code == 0:
            played.touch()
        if once:
            return code
    await stack.wait()
    return 1


def has_story() -> bool:
    """True when this tree holds the demo story."""
    try:
        return importlib.util.find_spec("demo.story") is not None
    except ModuleNotFoundError:
        return False


def story_command(plan: Plan) -> list[str]:
    """The story as an outsider: another process that knows the gateway's URL and the users."""
    run_file = str(plan.home / "run.json")
    url = read_gateway(plan.home) or plan.gateway
    return [sys.executable, "-m", "demo.story", "--url", url, "--run-file", run_file]


async def play(plan: Plan) -> int:
    """Play the story to its end; a cancelled run ends it too."""
    OUT.file.flush()
    player = await asyncio.create_subprocess_exec(*story_command(plan), start_new_session=True)
    try:
        return await player.wait()
    finally:
        if player.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                player.terminate()
            await player.wait()


def story(plan: Plan) -> int:
    """Play it again on the running stack."""
    if holder(plan.home) is None:
        raise Unstartable("not_running", home=plan.home)
    if not has_story():
        raise Unstartable("no_story")
    return subprocess.call(story_command(plan))  # noqa: S603 - our own module


def stop_run(plan: Plan) -> int:
    """End the running supervisor, or what a killed one left behind. Twice is calm."""
    pid = holder(plan.home)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE
        while holder(plan.home) == pid and time.monotonic() < deadline:
            time.sleep(0.05)
        if holder(plan.home) == pid:
            os.kill(pid, signal.SIGKILL)
    if (plan.home / OWNED).exists():
        stop_orphans(plan.home)
        stop_engines(plan.home)
    OUT.print(say("stopped") if pid else say("not_running", home=plan.home), soft_wrap=True)
    return 0


def status(plan: Plan) -> int:
    """0 when it runs, 3 when not (as service managers have it)."""
    pid = holder(plan.home)
    if pid is None:
        OUT.print(say("not_running", home=plan.home), soft_wrap=True)
        return 3
    url = read_gateway(plan.home) or "…"
    OUT.print(say("status", home=plan.home, pid=pid, url=url), soft_wrap=True)
    return 0


def reset(plan: Plan) -> int:
    """Delete the whole state of a stopped stack; only a folder that Mailuo made is emptied."""
    if not plan.home.exists():
        return 0
    if not (plan.home / OWNED).exists() and any(plan.home.iterdir()):
        raise Unstartable("not_ours", path=plan.home)
    if holder(plan.home) is not None:
        raise Unstartable("still_running", home=plan.home)
    stop_orphans(plan.home)
    stop_engines(plan.home)
    shutil.rmtree(private_path(plan.home), ignore_errors=True)
    shutil.rmtree(plan.home)
    OUT.print(say("reset", home=plan.home), soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
