"""Read your writes: views say how far they have heard, and wait a little when asked to."""

import asyncio
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import text

from shared.database import AsyncSession
from shared.session import Session

WAIT_SECONDS = 2.0
POLL_SECONDS = 0.02
POSITION = text("SELECT source, position FROM consumer_position WHERE consumer = 'gateway'")


async def read_as_of(session: AsyncSession) -> dict[str, int]:
    """The outbox position heard of each context."""
    return {row.source: row.position for row in await session.execute(POSITION)}


async def wait_for(
    session: Session,
    after: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z]{3,20}:\d{1,18}$",
            description="The Mailuo-Position of a command: wait up to 2 s until it is seen",
        ),
    ] = None,
) -> None:
    if after is None:
        return
    source, _, position = after.partition(":")
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while (await read_as_of(session)).get(source, 0) < int(position):
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(POLL_SECONDS)


Fresh = Depends(wait_for)
