"""Working time in buckets: two look-up tables, so that a calendar costs the engine nothing."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Workdays:
    """`number[b]` counts the worked buckets up to and including b; `bucket[n]` is the n-th's.

    Before bucket 0 every bucket counts as worked: a past-due date only says how late it is.
    """

    number: "array[int]"
    bucket: "array[int]"

    def back(self, bucket: int, lead: int) -> int:
        """The worked bucket that lies `lead` worked buckets before; may be negative.

        From a free bucket time counts from the last worked one before it.
        """
        place = self.number[bucket] - lead
        return self.bucket[place] if place >= 0 else place


def workdays(working: Sequence[bool]) -> Workdays:
    """Tables over the horizon; place -1 and below are the buckets before it."""
    number, bucket = array("q"), array("q")
    for index, worked in enumerate(working):
        if worked:
            bucket.append(index)
        number.append(len(bucket) - 1)
    return Workdays(number, bucket)
