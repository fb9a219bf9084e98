"""Derives the demo company's import files from the published device data.

Run `python -m tools.demo_data` after changing an assumption; a test compares the committed files
with what this makes. Every assumption is written down in demo/data/README.md.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCE = Path("demo/data/source")
TARGET = Path("demo/data/company")
VENTILATOR, STETHOSCOPE = "ventilator_respiraworks", "stethoscope_glia"
BOUGHT_ASSEMBLED = {"RW-MAINBOARD"}  # bought at its published price
OWN = {"RW", "OWN"}  # "suppliers" that are the maker itself
CONTRACT_SHOP = {VENTILATOR: "ALI", STETHOSCOPE: "AMZ"}  # makes printed, cut and bent parts
DAY = "2026-01-01"  # from when the demo's masters are valid
STARTED = "2025-01-01"
ASSUMED_PRICE = {"GLI-TUBE8": "4.10", "GLI-EARBUD": "0.55", "GLI-INSERT": "0.04"}
PRINTED_PRICE = "1.20"  # USD, a printed stethoscope part
SHELF_LIFE_DAYS = {"filter": 1095, "sensor": 730, "tape": 1825, "earbud": 1460}
LEAD_DAYS = {"MCM": 5, "DGK": 4, "AMZ": 3, "ALI": 21, "RSC": 6, "SMC": 12, "OMC": 14, "CNS": 7,
             "MOU": 5, "FEB": 7, "GEN": 20, "AFS": 10, "AMZCA": 6}  # fmt: skip
CENTRES = {
    "fabrication": ("WC-FAB", "Fabrication 加工", 12, "75.00", "40.00"),
    "assembly": ("WC-ASM", "Assembly 装配", 8, "60.00", "25.00"),
    "preparation": ("WC-PREP", "Preparation 备料", 5, "48.00", "15.00"),
    "inspection": ("WC-QC", "Inspection 检验", 6, "66.00", "20.00"),
    "test": ("WC-TEST", "Test 测试", 15, "72.00", "45.00"),
    "labelling": ("WC-LAB", "Labelling 标识", 3, "48.00", "10.00"),
}
CAPACITY = {"WC-FAB": ("2", "1"), "WC-ASM": ("4", "0.9")}  # units side by side, efficiency
SKIPPED_OPERATIONS = {("RW-VENT", "40")}  # the optional fan, which is not built here
Row = dict[str, str]


class Device:
    """One device's published files, cut down to what is built."""

    def __init__(self, folder: str, root: str) -> None:
        self.folder, self.root = folder, root
        self.items = {row["item_id"]: row for row in rows(folder, "items")}
        self.lines = [
            row
            for row in rows(folder, "bom")
            if row.get("optional") != "Y"
            and self.items[row["component_id"]]["type"] != "tool"
            and row["parent_id"] not in BOUGHT_ASSEMBLED
        ]
        self.used = self.reached()
        self.made = {line["parent_id"] for line in self.lines} & self.used
        self.sources = [
            row
            for row in rows(folder, "item_suppliers")
            if row["item_id"] in self.used - self.made and row["supplier_id"] not in OWN
        ]

    def reached(self) -> set[str]:
        found, todo = {self.root}, [self.root]
        while todo:
            parent = todo.pop()
            below = {line["component_id"] for line in self.lines if line["parent_id"] == parent}
            todo += below - found
            found |= below
        return found

    def unit(self, item: str) -> str:
        """The stock unit: what the structure counts it in."""
        return next((line["uom"] for line in self.lines if line["component_id"] == item), "pcs")


def rows(folder: str, name: str) -> list[Row]:
    with (SOURCE / folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def yes(value: object) -> str:
    return "true" if value else "false"


def items(device: Device) -> Iterator[Row]:
    for code in sorted(device.used):
        item, unit = device.items[code], device.unit(code)
        finished, made = code == device.root, code in device.made
        kind = "finished" if finished else "manufactured" if made else "purchased"
        small = not made and unit == "pcs" and price_of(device, code) < 1
        yield {
            "code": code,
            "name": item["name"],
            "name_zh": {"RW-VENT": "呼吸机", "GLI-STETH": "听诊器"}.get(code, ""),
            "spec": item["spec"][:200],
            "kind": kind,
            "stock_unit": unit,
            "decimals": "0" if unit == "pcs" else "6",
            "tracking": "serial" if finished else "lot",
            "shelf_life_days": shelf_life(item["name"]),
            "minimum_life_days": "180" if shelf_life(item["name"]) else "0",
            "inspect_incoming": yes(not made),
            "inspect_completion": yes(made),
            "storage_class": "ambient",
            "certificate_number": "",
            "regulated": yes(finished),
            "lead_time_days": "1" if made else "0",
            "order_minimum": "20" if small else "0",
            "order_multiple": "10" if small else "0" if made or unit == "pcs" else "1",
            "safety_stock": "0",
        }


def shelf_life(name: str) -> str:
    days = [days for word, days in SHELF_LIFE_DAYS.items() if word in name.lower()]
    return str(days[0]) if days else ""


def price_of(device: Device, code: str) -> float:
    prices = [
        float(row["price"]) for row in device.sources if row["item_id"] == code and row["price"]
    ]
    return prices[0] if prices else float(assumed_price(device, code))


def assumed_price(device: Device, code: str) -> str:
    """Published cost where there is one, else the documented assumption."""
    published = device.items[code]["unit_cost"]
    return ASSUMED_PRICE.get(code) or (published if published not in ("", "0.0") else PRINTED_PRICE)


def sources(device: Device) -> Iterator[Row]:
    """The published sources, then a documented one for each bought part that has none."""
    rank: dict[str, int] = {}
    for row in device.sources:
        rank[row["item_id"]] = rank.get(row["item_id"], 0) + 1
        price = row["price"] or assumed_price(device, row["item_id"])
        yield source(device, row["item_id"], row["supplier_id"], row["supplier_part_no"], price,
                     rank[row["item_id"]], assumed=not row["price"])  # fmt: skip
    for code in sorted(device.used - device.made - set(rank)):
        shop = CONTRACT_SHOP[device.folder]
        yield source(device, code, shop, f"TO-DRAWING-{code}"[:64], assumed_price(device, code), 1,
                     assumed=True)  # fmt: skip


def source(
    device: Device, item: str, supplier: str, part: str, price: str, rank: int, *, assumed: bool
) -> Row:
    counted = device.unit(item) == "pcs"
    small = counted and float(price) < 1
    return {
        "item_code": item,
        "supplier_code": supplier,
        "supplier_part_no": part,
        "rank": str(rank),
        "price": price,
        "currency": "USD",
        "order_minimum": "20" if small else "1",
        "order_multiple": "10" if small else "1",
        "lead_time_days": str(LEAD_DAYS[supplier]),
        "assumed": yes(assumed),
    }


def boms(device: Device) -> Iterator[Row]:
    for parent in sorted(device.made):
        merged: dict[str, float] = {}
        for line in device.lines:
            if line["parent_id"] == parent:
                component = line["component_id"]
                merged[component] = merged.get(component, 0) + float(line["qty"])
        for number, (component, quantity) in enumerate(merged.items(), start=1):
            yield {
                "item_code": parent,
                "revision": "A",
                "line": str(number * 10),
                "component_code": component,
                "quantity": f"{quantity:.6f}".rstrip("0").rstrip("."),
                "scrap": "0",
                "operation": "",
                "valid_from": DAY,
            }


def routings(device: Device) -> Iterator[Row]:
    published = [row for row in rows(device.folder, "routing") if row["item_id"] in device.made]
    for row in published:
        if (row["item_id"], row["op_no"]) not in SKIPPED_OPERATIONS:
            yield operation(row["item_id"], row["op_no"], row["operation"], row["kind"])
    for item in sorted(device.made - {row["item_id"] for row in published}):
        yield operation(item, "10", "Make to drawing", "fabrication")


def operation(item: str, number: str, name: str, kind: str) -> Row:
    code, _, minutes, _, _ = CENTRES[kind]
    return {
        "item_code": item,
        "revision": "A",
        "operation": number,
        "name": name[:200],
        "kind": kind,
        "work_centre_code": code,
        "setup_minutes": "0",
        "run_minutes": str(minutes),
        "valid_from": DAY,
    }


def suppliers(devices: Iterable[Device]) -> Iterator[Row]:
    used = {row["supplier_code"] for device in devices for row in sources(device)}
    named: dict[str, str] = {}
    for device in devices:
        named |= {row["supplier_id"]: row["name"] for row in rows(device.folder, "suppliers")}
    for code in sorted(used):
        yield {"code": code, "name": named[code], "currency": "USD", "payment_days": "30"}


def qualifications(devices: Iterable[Device]) -> Iterator[Row]:
    for row in suppliers(devices):
        yield {
            "supplier_code": row["code"],
            "kind": "business_licence",
            "number": f"BL-{row['code']}",
            "valid_from": STARTED,
            "valid_to": "2035-12-31",
        }


def write(name: str, data: Iterable[Row]) -> None:
    found = list(data)
    with (TARGET / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    devices = [Device(VENTILATOR, "RW-VENT"), Device(STETHOSCOPE, "GLI-STETH")]
    write("items", (row for device in devices for row in items(device)))
    write("suppliers", suppliers(devices))
    write("qualifications", qualifications(devices))
    write("sources", (row for device in devices for row in sources(device)))
    write("boms", (row for device in devices for row in boms(device)))
    write("routings", (row for device in devices for row in routings(device)))
    write(
        "work_centres",
        (
            {"code": code, "name": name, "labour_rate": labour, "overhead_rate": overhead}
            | dict(zip(("units", "efficiency"), CAPACITY.get(code, ("1", "1")), strict=True))
            | {"hours_per_day": "8"}
            for code, name, _, labour, overhead in CENTRES.values()
        ),
    )


if __name__ == "__main__":
    main()
