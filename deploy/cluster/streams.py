"""Declares every stream and durable: `python -m deploy.cluster.streams --replicas 3`.

MAILUO_NATS_URL says where, MAILUO_NATS_SEED is the admin's; no service may do this. Repeating it
changes nothing.
"""

import argparse
import asyncio
import os
import sys

from nats.aio.client import Client

from shared.streams import declare


async def work(url: str, seed: str, replicas: int) -> None:
    """Raises what the broker answers; what was declared before then stands."""
    client = Client()
    await client.connect(url, nkeys_seed_str=seed)
    try:
        await declare(client, replicas=replicas)
    finally:
        await client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=3)
    replicas = int(parser.parse_args().replicas)
    asyncio.run(work(os.environ["MAILUO_NATS_URL"], os.environ["MAILUO_NATS_SEED"], replicas))
    sys.stdout.write(f"streams and durables stand with {replicas} copies\n")


if __name__ == "__main__":
    main()
