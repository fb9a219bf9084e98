"""What came of it: documents, events, sagas, time, one ventilator's thread, the trial balance."""

import time
from collections import Counter
from decimal import Decimal

from rich.table import Table

from demo.story.people import Json, People
from demo.story.stage import Stage

SUPPLIER_LOTS_SHOWN = 6


def show(people: People, stage: Stage, ventilator: Json) -> None:
    console = stage.console
    console.print("\n[bold]Summary 小结[/bold]")
    table = Table(show_header=False, box=None)
    for name, value in figures(people, stage).items():
        table.add_row(name, value)
    console.print(table)
    show_trace(people, stage, ventilator)
    show_balance(people, stage)


def figures(people: People, stage: Stage) -> dict[str, str]:
    sagas = people["planner"].get("/api/views/sagas")["counts_by_phase"]
    events = people["planner"].get("/api/views/figures")
    return {
        "steps 步骤": f"{stage.steps} ({stage.steps - stage.automatic} human, {stage.automatic} automatic)",
        "people 人员": f"{len(stage.actors)}: {', '.join(sorted(stage.actors))}",
        "documents 单据": str(len(stage.documents)),
        "events 事件": str(events["events"]),
        "sagas 流程": ", ".join(f"{number} {phase}" for phase, number in sorted(sagas.items())),
        "requests 请求": str(sum(person.requests for person in people.known.values())),
        "time 用时": f"{time.monotonic() - stage.began:.1f} s",
    }


def show_trace(people: People, stage: Stage, unit: Json) -> None:
    """One ventilator: back to the suppliers' lots, forward to the hospital."""
    manager, console = people["quality_manager"], stage.console
    serial = unit["serial"]
    found = manager.get("/api/quality/traces", serial=serial)
    part = found[0] if isinstance(found, list) else found["items"][0]
    lots = manager.get(f"/api/quality/traces/{part['part_id']}/backward", **{"as": "suppliers"})
    ends = manager.get(f"/api/quality/traces/{part['part_id']}/forward", **{"as": "customers"})
    suppliers = Counter(one["partner_name"] for one in lots["items"])
    console.print(f"\n[bold]Trace 追溯[/bold] serial {serial}: {len(lots['items'])} supplier lots "
                  f"from {len(suppliers)} suppliers")  # fmt: skip
    for one in lots["items"][:SUPPLIER_LOTS_SHOWN]:
        console.print(f"  ← {one['lot_number']}  {one['item_code']}  {one['partner_name']}")
    console.print(f"  … and {max(0, len(lots['items']) - SUPPLIER_LOTS_SHOWN)} more")
    for one in ends["items"]:
        console.print(f"  → {one['partner_name']}  {one['quantity']} on {one['document_number']}")


def show_balance(people: People, stage: Stage) -> None:
    console, accountant = stage.console, people["finance_manager"]
    balance = accountant.get("/api/finance/trial-balance")
    table = Table(title="Trial balance 试算平衡表", title_justify="left")
    for heading in ("account 科目", "", "debit 借方", "credit 贷方", "balance 余额"):
        table.add_column(heading, justify="right" if heading and heading[0] in "dcb" else "left")
    for line in balance["lines"]:
        table.add_row(line["account"], line["name"], line["debit"], line["credit"], line["closing"])
    console.print(table)
    debit, credit = Decimal(balance["debit"]), Decimal(balance["credit"])
    console.print(
        f"debit {debit:f} = credit {credit:f}: {'in balance' if debit == credit else 'OUT OF BALANCE'}"
    )
    assert debit == credit, "the trial balance is out of balance"
