"""Plays the story on a running stack: `python -m demo.story --url … --run-file …`."""

import argparse
import json
import sys
from pathlib import Path

import httpx
from rich.console import Console

from demo.story import company, stethoscope, summary, ventilator
from demo.story.people import People, StoryBroke
from demo.story.stage import Stage

WIDTH = 150


def main() -> int:
    """0 when every step went as the story tells it."""
    arguments = parsed()
    run = json.loads(Path(arguments.run_file).read_text(encoding="utf-8"))
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    people = People(arguments.url or run["gateway"], run["users"])
    stage = Stage(console)
    try:
        company.set_up(people, stage)
        shipment = ventilator.play(people, stage)
        stethoscope.play(people, stage)
        summary.show(people, stage, shipment["picks"][0])
    except StoryBroke as broke:
        console.print(f"\n[red]The story broke: {broke}[/red]", soft_wrap=True)
        return 1
    except httpx.TransportError as fault:
        console.print(f"\n[red]The gateway cannot be reached: {fault!r}[/red]")
        return 1
    finally:
        people.close()
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="the gateway; by default the run file's")
    parser.add_argument("--run-file", required=True, help="run.json of the stack")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
