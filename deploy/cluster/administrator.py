"""The first administrator, once: `python -m deploy.cluster.administrator` in a gateway's pod.

Prints user name and password; the password must be changed at the first login. Refuses when there
is any account already.
"""

import asyncio
import importlib
import os
import sys

from sqlalchemy import text

from shared.database import make_engine
from shared.settings import ServiceSettings

ANYBODY = text("SELECT EXISTS (SELECT FROM app_user)")


async def work(settings: ServiceSettings) -> str:
    """One sentence for the person at the terminal."""
    engine = make_engine(settings)
    try:
        async with engine.connect() as connection:
            if (await connection.execute(ANYBODY)).scalar_one():
                return "There are accounts already; none was made.\n"
    finally:
        await engine.dispose()
    users = await importlib.import_module("gateway.identity.seed").seed(settings, demo=False)
    who = users["admin"]
    return f"{who['username']} / {who['password']}  (shown once; change it at the first login)\n"


def main() -> None:
    os.environ["MAILUO_CONTEXT"] = "gateway"
    settings = ServiceSettings()  # pyright: ignore[reportCallIssue] - from the environment
    sys.stdout.write(asyncio.run(work(settings)))


if __name__ == "__main__":
    main()
