"""Outbox against stream against inboxes of a cluster: `python -m deploy.cluster.reconcile`.

The same as `make reconcile` (deploy/local/reconcile.py), where databases and broker run elsewhere:
MAILUO_DATABASES is their URLs by service as JSON, with $NAME standing for a variable that holds
a password; MAILUO_NATS_URL and the admin's MAILUO_NATS_SEED say where the streams are.
"""

import argparse
import asyncio
import json
import os
import string
from collections.abc import Mapping

import nats

from deploy.local.reconcile import hear_again, show, subjects_heard
from shared.database import make_engine
from shared.reconcile import reconcile
from shared.settings import ServiceSettings


def settings_from(variables: Mapping[str, str]) -> dict[str, ServiceSettings]:
    """Settings that are enough to look into each database; nothing is signed here."""
    urls: dict[str, str] = json.loads(variables["MAILUO_DATABASES"])
    return {
        context: ServiceSettings(
            context=context,
            database_url=string.Template(url).substitute(variables),
            signing_key="{}",
            trust='{"keys": []}',
        )
        for context, url in urls.items()
    }


async def work(variables: Mapping[str, str], *, repair: bool, replay: str | None) -> int:
    """0 when every account agrees, or the replay ended."""
    settings = settings_from(variables)
    engines = {context: make_engine(one) for context, one in settings.items()}
    admin = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        variables["MAILUO_NATS_URL"], nkeys_seed_str=variables["MAILUO_NATS_SEED"]
    )
    try:
        if replay:
            return await hear_again(replay, settings, engines, admin)
        reacts = {name: subjects_heard(name) for name in engines}
        return show(await reconcile(engines, admin, reacts, repair=repair))
    finally:
        await admin.close()
        for engine in engines.values():
            await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repair", action="store_true", help="send again what is lost or unheard")
    parser.add_argument("--replay", metavar="HEARER:SOURCE:POSITION")
    asked = parser.parse_args()
    return asyncio.run(work(os.environ, repair=asked.repair, replay=asked.replay))


if __name__ == "__main__":
    raise SystemExit(main())
