"""Stock by expiry: first expired, first out, and what nobody uses in time."""

from bisect import insort
from dataclasses import dataclass, field


@dataclass(slots=True)
class Shelf:
    """An item's stock as [last usable bucket, quantity] layers, first to expire first.

    `minimum_life` buckets must remain when a layer is used: it serves bucket t while
    t + minimum_life <= last usable bucket, and is waste from the next on. `short` is what was
    wanted and not there; it is served by the next receipt.
    """

    minimum_life: int
    layers: list[list[int]] = field(default_factory=list[list[int]])
    short: int = 0

    def copy(self) -> "Shelf":
        return Shelf(self.minimum_life, [list(layer) for layer in self.layers], self.short)

    def expire(self, bucket: int) -> int:
        """Take off what may no longer be used in the bucket; answers how much that was."""
        wasted = 0
        while self.layers and self.layers[0][0] - self.minimum_life < bucket:
            wasted += self.layers.pop(0)[1]
        return wasted

    def receive(self, quantity: int, until: int) -> None:
        """Put stock on the shelf; what was short takes from it first."""
        served = min(quantity, self.short)
        self.short -= served
        if quantity == served:
            return
        for layer in reversed(self.layers):
            if layer[0] == until:
                layer[1] += quantity - served
                return
        insort(self.layers, [until, quantity - served], key=lambda layer: layer[0])

    def use(self, quantity: int) -> None:
        """Take from the layers that expire first; what is missing stays short."""
        while quantity and self.layers:
            taken = min(quantity, self.layers[0][1])
            quantity -= taken
            self.layers[0][1] -= taken
            if not self.layers[0][1]:
                self.layers.pop(0)
        self.short += quantity

    @property
    def available(self) -> int:
        """What lies there; negative: what is short."""
        return sum(quantity for _, quantity in self.layers) - self.short
