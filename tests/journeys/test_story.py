"""The whole company at work: the story, played twice on one home, as a newcomer would."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.cluster import start
from deploy.local.ports import free_base
from shared.settings import CONTEXTS
from tests.journeys.foreign import House

STORY_SECONDS = 900  # two plays beside other tests on two cores
pytestmark = pytest.mark.req("B1", "B3", "B4", "B5", "B6", "B7", "B8", "C4", "C5", "D2", "D7", "E7")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story") / "home"


@pytest.fixture(scope="module")
def played(home: Path) -> list[str]:
    """The output of the story's first and second play on one home."""
    environment = {
        **os.environ,
        "MAILUO_HOME": str(home),
        "MAILUO_PORT": str(free_base()),
        "MAILUO_DEMO": "1",
    }
    outputs: list[Any] = []
    for _ in range(2):
        ended = subprocess.run(
            [sys.executable, "-m", "deploy.local.main", "run", "--once"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=STORY_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
        outputs.append(ended.stdout)
    outputs.append((home / "logs" / "services.log").read_text(encoding="utf-8"))
    return outputs


def test_the_story_ends_with_its_summary_and_plays_again(played: list[str]) -> None:
    for output in played[:2]:
        assert "in balance" in output
        assert "Trace 追溯" in output
        assert "every account is back where it was" in output


def test_at_least_ten_people_act_and_none_is_the_administrator(played: list[str]) -> None:
    line = next(line for line in played[0].splitlines() if line.strip().startswith("people 人员"))
    people = line.split(":", 1)[1].split(",")
    assert len(people) >= 10
    assert "admin" not in line


def test_people_come_through_the_gateway_alone(played: list[str]) -> None:
    """In every service's access log a person's request was carried by the gateway."""
    requests = [json.loads(line) for line in played[2].splitlines() if '"event": "request"' in line]
    direct = [
        one
        for one in requests
        if one["service"] != "gateway"
        and one["actor"].startswith("user:")
        and one["acting"] != "gateway"
    ]
    assert len(requests) > 1000
    assert not direct, direct[:3]


def test_no_answer_was_a_fault(played: list[str]) -> None:
    faults = [line for line in played[2].splitlines() if '"status": 500' in line]
    assert not faults, faults[:3]


@pytest.mark.req("REQ-87")
@pytest.mark.usefixtures("played")
def test_another_company_finds_and_changes_nothing_of_all_that(home: Path) -> None:
    """Broken object access, tried at every operation of every service with documents in it."""
    cluster = start(home)
    try:
        houses = [House(cluster, context) for context in CONTEXTS]
        for house in houses:
            house.try_all()
    finally:
        cluster.stop()
    assert not (faults := [fault for house in houses for fault in house.faults]), faults
    refused = sum(len(house.refused) for house in houses)
    unreached = [one for house in houses for one in house.unreached]
    assert refused > 2 * len(unreached), unreached


def test_the_story_uses_nothing_but_the_public_interface() -> None:
    """Only httpx, rich, csv and the like: nothing of the product's own code (tools/tidy.py)."""
    text = "".join(path.read_text("utf-8") for path in Path("demo/story").glob("*.py"))
    for package in ("shared", "services", "gateway", "sqlalchemy", "psycopg", "nats"):
        assert f"import {package}" not in text
        assert f"from {package}" not in text
