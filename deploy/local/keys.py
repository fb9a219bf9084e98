"""Signing keys change while everything runs: `python -m deploy.local.keys FOLDER STEP [SERVICE …]`.

Three steps, after each of which who reads the keys is restarted (docs/operations.md):
`announce` makes the key that will sign next, and everybody believes it; `switch` signs with it and
keeps the old one believed; `retire` forgets the old one, once no token of it can be valid any more.
Repeating a step changes nothing. `--leaked` retires at once: valid tokens of that key are refused.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from deploy.local.credentials import Safe, make_signing_key, public_half
from deploy.local.messages import Unstartable
from deploy.local.runfile import write_private
from shared.settings import SERVICES

KEPT_SECONDS: Final = 1200.0  # the longest token lives 900 s; the rest is for clocks and restarts


def announce(safe: Safe, issuer: str) -> None:
    """Make the next key; from the next start of everybody its tokens would be believed."""
    safe.signing_key(issuer)
    safe.text(f"jwk-{issuer}-next", lambda: make_signing_key(issuer))


def switch(safe: Safe, issuer: str) -> None:
    """Sign with the announced key; of the old one only the public half is kept.

    A switch that was cut off is taken up where it stopped.
    """
    names = ("", "-next", "-previous")
    current, coming, previous = (safe.folder / f"jwk-{issuer}{end}" for end in names)
    if not coming.exists():
        if previous.exists():
            return
        raise Unstartable("key_unannounced", name=issuer)
    old = json.dumps(public_half(current.read_text(encoding="utf-8")))
    if previous.exists() and previous.read_text(encoding="utf-8") != old:
        raise Unstartable("key_not_retired", name=issuer)
    write_private(previous, old)
    coming.rename(current)


def retire(safe: Safe, issuer: str, *, leaked: bool = False) -> None:
    """Believe the old key no more. Raises Unstartable while a token of it may still be valid."""
    previous = safe.folder / f"jwk-{issuer}-previous"
    if not previous.exists():
        return
    left = previous.stat().st_mtime + KEPT_SECONDS - time.time()
    if left > 0 and not leaked:
        raise Unstartable("key_in_use", name=issuer, seconds=f"{left:.0f}")
    previous.unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the step is done for every service asked for; then lists whose keys are believed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("step", choices=("announce", "switch", "retire"))
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="default: all")
    parser.add_argument("--leaked", action="store_true", help="retire now, at any price")
    asked = parser.parse_args(arguments)
    safe, services = Safe(asked.folder), asked.services or SERVICES
    if unknown := set(services) - set(SERVICES):
        parser.error(f"no such service: {', '.join(sorted(unknown))}")
    try:
        for issuer in services:
            if asked.step == "retire":
                retire(safe, issuer, leaked=asked.leaked)
            else:
                {"announce": announce, "switch": switch}[asked.step](safe, issuer)
    except Unstartable as refusal:
        Console(stderr=True, highlight=False).print(f"[red]✗[/] {refusal}", soft_wrap=True)
        return 1
    for issuer in services:
        first, *others = (str(key["kid"]) for key in safe.believed(issuer))
        Console(highlight=False).print(f"{issuer}: {first} ({', '.join(others) or '-'})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
