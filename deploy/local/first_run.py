"""The first start of a home: users come into being, once, and their passwords are kept with it.

With `demo` one account per role of the demo company; without it only the administrator, whose
password is shown once. `gateway.identity.seed` makes them; later starts change nobody.
"""

import importlib
import importlib.util
import json
from collections.abc import Awaitable
from typing import cast

from deploy.local.runfile import Users, write_private
from deploy.local.wiring import Plan
from shared.settings import ServiceSettings

SEED = "gateway.identity.seed"


async def first_users(plan: Plan, gateway: ServiceSettings) -> tuple[Users, bool]:
    """Users by role, and whether they were made just now."""
    note = plan.safe.folder / "users.json"
    if note.exists():
        return cast("Users", json.loads(note.read_text(encoding="utf-8"))), False
    if not can_seed():
        return {}, False
    seeding = importlib.import_module(SEED).seed(gateway, demo=plan.demo)
    users = await cast("Awaitable[Users]", seeding)
    write_private(note, json.dumps(users))
    return users, True


def can_seed() -> bool:
    """True when this tree holds the gateway's identity."""
    try:
        return importlib.util.find_spec(SEED) is not None
    except ModuleNotFoundError:
        return False
