"""The company that the documents of a run belong to: the demo's masters, and things of its own.

Set up once per stack, through the public API, before anything is measured.
"""

import csv
import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.console import Console

from bench.cluster import Cluster
from bench.reference import Measured, endpoint
from demo.story.company import set_up
from demo.story.people import Json, People
from demo.story.selling import by_code
from demo.story.stage import Stage

CUSTOMER, SUPPLIER = "LH-HOSP", "MCM"
DEVICE, KIT = "BENCH-DEVICE", "BENCH-KIT"
PARTS = [f"BENCH-PART-{number}" for number in range(10)]
DEVICE_LOTS, LOT_SIZE = 100, 10_000
ITEM = (
    "code,name,name_zh,kind,stock_unit,decimals,tracking,inspect_incoming,inspect_completion,"
    "storage_class,regulated,lead_time_days"
)
SOURCE = "item_code,supplier_code,rank,price,currency,order_minimum,order_multiple,lead_time_days"
BOM = "item_code,revision,line,component_code,quantity,scrap,operation,valid_from"
ROUTING = (
    "item_code,revision,operation,name,kind,work_centre_code,setup_minutes,run_minutes,valid_from"
)
OPENING = "item_code,lot_number,maker_lot,usable_until,bin_code,quantity"
BALANCES = "account,debit,credit,partner,item,quantity,due_on"
GOODS, MATERIAL, CAPITAL, VALUE = "140501", "1403", "4001", 2  # the value of a piece

MEASURED: dict[str, Measured] = {}  # by stack: the reference is measured once per run


def reference(cluster: Cluster) -> Measured:
    """The reference of this run."""
    key = str(cluster.home)
    if key not in MEASURED:
        with endpoint(cluster.fresh_database("bench_reference")) as found:
            MEASURED[key] = found.measure(cluster)
    return MEASURED[key]


@dataclass
class Company:
    """The people, and what their documents name: looked up once, as a person's screen does."""

    people: People

    def __getitem__(self, role: str) -> Json:
        return self.people[role]

    @cached_property
    def items(self) -> dict[str, Json]:
        """Masters by code."""
        return {one["code"]: one for one in self.people["planner"].every("/api/masterdata/items")}

    @cached_property
    def customer(self) -> Json:
        """Who orders."""
        return by_code(self.people["sales"].every("/api/masterdata/customers"), CUSTOMER)

    @cached_property
    def supplier(self) -> Json:
        """Who delivers."""
        return by_code(self.people["buyer"].every("/api/masterdata/suppliers"), SUPPLIER)

    @cached_property
    def released_bins(self) -> list[Json]:
        """Where usable goods may stand."""
        places = self.people["warehouse"].every("/api/inventory/places")
        return [one for one in places if one["status"] == "released"]


def company(cluster: Cluster) -> Company:
    """A company with stock on the shelf; every call signs its people in anew."""
    found = Company(People(cluster.gateway, dict(cluster.run["users"])))
    marker = cluster.home / "bench-company"
    if not marker.exists():
        set_up(found.people, Stage(Console(quiet=True)))
        own_masters(found)
        stock(found)
        marker.touch()
    return found


def own_masters(found: Company) -> None:
    """A device and ten parts counted by lot, and a kit that is made of the parts."""
    common = ("lot", "true", "true", "ambient", "false", 0)
    goods = [(DEVICE, "finished"), (KIT, "finished"), *((part, "purchased") for part in PARTS)]
    day = "2026-01-01"
    tables: dict[str, tuple[str, Sequence[Sequence[object]]]] = {
        "items": (ITEM, [(code, code, code, kind, "pcs", 0, *common) for code, kind in goods]),
        "sources": (SOURCE, [(part, SUPPLIER, 1, "2", "USD", 1, 1, 1) for part in PARTS]),
        "boms": (BOM, [(KIT, "A", 10 * n, part, 1, 0, "", day) for n, part in enumerate(PARTS, 1)]),
        "routings": (ROUTING, [(KIT, "A", 10, "Build", "assembly", "WC-ASM", 0, 5, day)]),
    }
    for kind, (head, rows) in tables.items():
        role = "buyer" if kind == "sources" else "planner"
        found[role].upload(f"/api/masterdata/imports/{kind}", f"{kind}.csv", table(head, rows))
    told = max(person.told.get("masterdata", 0) for person in found.people.known.values())
    for context in ("procurement", "production", "quality", "inventory", "sales", "finance"):
        until_heard(found, context, told)


def until_heard(found: Company, context: str, position: int) -> None:
    """Wait until a context has heard the masters up to this event."""
    planner = found["planner"]
    path = f"/api/{context}/positions"
    planner.until("the copies", lambda: planner.get(path).get("masterdata", 0) >= position)


def stock(found: Company) -> None:
    """Lots of the device and of the parts, by the public imports of opening stock.

    With their value: finance lets what moves wait for it, and would be measured asleep.
    """
    code = found.released_bins[0]["code"]
    goods = [(DEVICE, f"D{n:03}") for n in range(DEVICE_LOTS)] + [(part, "P1") for part in PARTS]
    rows = [(item, f"{item}-{lot}", "M", "2035-12-31", code, LOT_SIZE) for item, lot in goods]
    path = "/api/inventory/imports/opening"
    found["warehouse"].upload(path, "opening.csv", table(OPENING, rows))
    pieces = {DEVICE: LOT_SIZE * DEVICE_LOTS, **dict.fromkeys(PARTS, LOT_SIZE)}
    balances: list[Sequence[object]] = [
        (GOODS if item == DEVICE else MATERIAL, number * VALUE, 0, "", item, number, "")
        for item, number in pieces.items()
    ]
    balances.append((CAPITAL, 0, sum(pieces.values()) * VALUE, "", "", "", ""))
    path = "/api/finance/imports/opening"
    booked = found["finance_manager"].upload(path, "balances.csv", table(BALANCES, balances))
    assert booked["voucher"], booked["problems"]


def table(head: str, rows: Sequence[Sequence[object]]) -> bytes:
    """A CSV file with this heading."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()


def side_by_side(works: Sequence[Callable[[], object]], times: int) -> float:
    """Runs per second of all works together, each repeated so many times in its own thread."""
    faults: list[Exception] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            for _ in range(times):
                work()
        except Exception as fault:  # noqa: BLE001 - told to the caller below
            faults.append(fault)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return len(works) * times / (time.monotonic() - began)


def cpu_per_run(cluster: Cluster, work: Callable[[], object], runs: int) -> tuple[float, float]:
    """CPU milliseconds of the whole stack and mean wall milliseconds of one run.

    What the work left to do in the background is waited for and counted.
    """
    work()  # warm
    cluster.settle()
    before, began = cluster.cpu_seconds(), time.monotonic()
    for _ in range(runs):
        work()
    wall = time.monotonic() - began
    cluster.settle()
    return (cluster.cpu_seconds() - before) / runs * 1000, wall / runs * 1000
