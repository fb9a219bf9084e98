"""Acts on lists of documents: what each sends, and what became of each document."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.support.services import ServiceUnderTest

Shown = dict[str, Any]


async def act_on_list(
    service: ServiceUnderTest,
    client: httpx.AsyncClient,
    path: str,
    documents: Sequence[Shown],
    **given: Any,
) -> tuple[int, list[Shown]]:
    """The statements that the act sent, and its results in the order of the documents."""
    items = [{"id": one["id"], "version": one["version"]} for one in documents]
    with service.counted() as seen:
        answer = await client.post(path, json={"items": items, **given})
    assert answer.status_code == 200, answer.text
    results: list[Shown] = answer.json()["items"]
    assert [one["id"] for one in results] == [one["id"] for one in documents]
    return len(seen), results


def kinds(results: Sequence[Shown]) -> list[str]:
    """`ok`, or the type of the problem, of each document."""
    return ["ok" if one["ok"] else one["problem"]["type"].split("/")[-1] for one in results]
