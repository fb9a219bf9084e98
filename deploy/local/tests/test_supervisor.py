"""The supervisor from outside: start, continue, refuse, heal, and leave no process."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from deploy.local.ports import free_base
from deploy.local.tests.tree import Tree, end_process, gone, make_tree


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = make_tree(tmp_path / "a home with spaces" / ("long" * 25), free_base())
    yield made
    made.end()


def answer(tree: Tree, service: int) -> dict[str, object]:
    with urlopen(f"http://127.0.0.1:{tree.base + service}/health/live", timeout=5) as reply:
        body: dict[str, object] = json.loads(reply.read())
        return body


def test_once_plays_the_story_and_ends_as_it_ended_twice(tree: Tree) -> None:
    code, said = tree.call("run", "--once")
    assert code == 0, said
    assert f"story --url http://127.0.0.1:{tree.base} --run-file" in said
    code, said = tree.call("run", "--once", ENDS="7")
    assert code == 7, said
    assert gone(tree)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_and_the_next_run_continues(tree: Tree, number: int) -> None:
    process = tree.start("run")
    said = tree.until_ready(process)
    assert answer(tree, 0)["context"] == "gateway"
    run_file = tree.home / "run.json"
    assert run_file.stat().st_mode & 0o777 == 0o600
    users = json.loads(run_file.read_text())["users"]
    assert users["buyer"] == {"username": "buyer", "password": "pw"}
    end_process(process, number)
    assert process.returncode == 0, said
    assert gone(tree)
    again = tree.start("run")
    assert "first start" not in tree.until_ready(again)
    assert json.loads(run_file.read_text())["users"] == users
    end_process(again)


def test_a_second_instance_is_refused_and_stop_ends_the_first(tree: Tree) -> None:
    process = tree.start("run")
    tree.until_ready(process)
    code, said = tree.call("run")
    assert (code, said.count("\n")) == (1, 1)
    assert f"already runs on {tree.home} (process {process.pid})" in said
    assert tree.call("status")[0] == 0
    assert tree.call("reset")[0] == 1
    assert tree.call("stop")[0] == 0
    process.communicate(timeout=30)
    assert gone(tree)
    assert tree.call("status")[0] == 3
    assert tree.call("reset")[0] == 0
    assert not tree.home.exists()


@pytest.mark.parametrize("mode", ["", "multi"])
def test_what_kill_9_leaves_is_healed_by_the_next_run(tree: Tree, mode: str) -> None:
    process = tree.start("run", MODE=mode)
    tree.until_ready(process)
    end_process(process, signal.SIGKILL)
    assert len(tree.processes()) >= 2  # PostgreSQL and NATS live on
    code, said = tree.call("run", "--once", MODE=mode)
    assert code == 0, said
    assert gone(tree)


def test_stop_ends_what_kill_9_left(tree: Tree) -> None:
    process = tree.start("run", MODE="multi")
    tree.until_ready(process)
    end_process(process, signal.SIGKILL)
    assert tree.call("stop")[0] == 0
    assert gone(tree)


def test_a_service_process_that_dies_is_started_again(tree: Tree) -> None:
    process = tree.start("run", MODE="multi")
    tree.until_ready(process)
    pids = json.loads((tree.home / "services.json").read_text())
    os.kill(pids["sales"], signal.SIGKILL)
    assert process.stdout is not None
    while "sales ended with code -9" not in (line := process.stdout.readline()):
        assert line
    end_process(process)
    assert gone(tree)


@pytest.mark.parametrize("extra", [0, 1 + 4, 20, 21])
def test_a_busy_port_is_told_in_one_sentence(tree: Tree, extra: int) -> None:
    with socket.create_server(("127.0.0.1", tree.base + extra)):
        code, said = tree.call("run")
    sentence = next(line for line in said.splitlines() if "✗" in line)
    assert code == 1
    assert f"Port {tree.base + extra} (" in sentence
    assert "Traceback" not in said
    assert gone(tree)


def test_a_real_company_starts_with_one_administrator_told_once(tree: Tree) -> None:
    process = tree.start("run", DEMO="0")
    assert "First administrator: admin / pw" in tree.until_ready(process)
    assert json.loads((tree.home / "run.json").read_text())["users"] == {}
    assert answer(tree, 0)["demo"] is False
    end_process(process)
    again = tree.start("run", DEMO="0")
    assert "pw" not in tree.until_ready(again)
    end_process(again)


def test_sentences_are_chinese_for_a_chinese_locale(tree: Tree) -> None:
    assert "未在" in tree.call("status", LC_ALL="zh_CN.UTF-8", PYTHONUTF8="1")[1]
    assert "1024" in tree.call("status", MAILUO_PORT="99999")[1]


def test_reset_deletes_only_what_we_made(tree: Tree) -> None:
    tree.home.mkdir()
    (tree.home / "thesis.txt").write_text("mine")
    assert tree.call("reset")[0] == 1
    assert (tree.home / "thesis.txt").exists()
