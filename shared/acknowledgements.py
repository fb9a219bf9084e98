# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# nats-py leaves a part of its signatures untyped.
"""What the stream answered to a batch of publishes, read in the batch's order."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from nats.js.api import RawStreamMsg


def acknowledged(futures: Sequence[asyncio.Future[int]]) -> list[int]:
    """Stream sequences of the publishes in order, up to the first that failed or did not answer."""
    sequences: list[int] = []
    for future in futures:
        if not future.done() or future.cancelled() or future.exception() is not None:
            break
        sequences.append(future.result())
    return sequences


def settle(futures: Sequence[asyncio.Future[int]]) -> None:
    """Give up what did not answer, and look at every failure so that none is reported as unseen."""
    for future in futures:
        if not future.cancel() and not future.cancelled():
            future.exception()


def refusal(future: asyncio.Future[int]) -> BaseException:
    """Why a publish was not acknowledged."""
    if future.done() and not future.cancelled() and (fault := future.exception()) is not None:
        return fault
    return TimeoutError("no acknowledgement; the stream is away or the right to publish is missing")


def identified(message: RawStreamMsg | None) -> tuple[UUID, int] | None:
    """(event id, stream sequence) of a message that carries one."""
    if message is None or message.seq is None:
        return None
    try:
        return UUID((message.headers or {}).get("Nats-Msg-Id", "")), message.seq
    except ValueError:
        return None
