"""What a transfer may not do. Pure."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from shared.i18n import Bilingual
from shared.problems import Refused


class TransferPointless(Refused):
    title = Bilingual(
        "A transfer goes from one bin to another, once per part and bin in a list",
        "移库须从一个货位到另一个货位，同一分部和来源货位在清单中只能出现一次",
    )


def refuse_pointless(lines: Iterable[tuple[UUID, UUID, UUID]]) -> None:
    """(part, from, to): neither standing still nor the same origin twice."""
    origins: Counter[tuple[UUID, UUID]] = Counter()
    for part, origin, target in lines:
        origins[part, origin] += 1
        if origin == target or origins[part, origin] > 1:
            raise TransferPointless(part_id=part, bin_id=origin)
