"""What came of it: documents, events, sagas, time, one ventilator's thread, the trial balance."""

import time
from decimal import Decimal

from rich.table import Table

from demo.story.people import Json, People, StoryBroke
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
    told = people["planner"].get("/api/views/figures")
    human = stage.steps - stage.automatic
    return {
        "steps 步骤": f"{stage.steps}: {human} human, {stage.automatic} automatic",
        "people 人员": f"{len(stage.actors)}: {', '.join(sorted(stage.actors))}",
        "documents 单据": f"{len(stage.documents)} in this play, {told['documents']} in all",
        "events 事件": str(told["events"]),
        "sagas 流程": ", ".join(f"{number} {phase}" for phase, number in sorted(sagas.items())),
        "requests 请求": str(sum(person.requests for person in people.known.values())),
        "time 用时": f"{time.monotonic() - stage.began:.1f} s",
    }


def show_trace(people: People, stage: Stage, unit: Json) -> None:
    """One ventilator: back to the suppliers' lots, forward to the hospital."""
    manager, console, serial = people["quality_manager"], stage.console, unit["serial"]
    part = manager.get("/api/quality/traces", serial=serial)[0]
    back = manager.get(f"/api/quality/traces/{part['id']}/backward", **{"as": "suppliers"})
    ahead = manager.get(f"/api/quality/traces/{part['id']}/forward", **{"as": "customers"})
    lots = [(line, one["name"]) for one in back["partners"] for line in one["lines"]]
    console.print(
        f"\n[bold]Trace 追溯[/bold] serial {serial}: {len(lots)} supplier lots "
        f"from {len(back['partners'])} suppliers, {back['reached']} parts and orders"
    )
    for line, supplier in lots[:SUPPLIER_LOTS_SHOWN]:
        console.print(f"  ← {line['lot_number']}  {line['item_code']}  {supplier}")
    console.print(f"  … and {max(0, len(lots) - SUPPLIER_LOTS_SHOWN)} more")
    for one in ahead["partners"]:
        numbers = ", ".join(line["number"] for line in one["lines"])
        console.print(f"  → {one['name']}  {one['quantity']} on {numbers}")
    if not lots or not ahead["partners"]:
        raise StoryBroke(f"the thread of {serial} is torn")


def show_balance(people: People, stage: Stage) -> None:
    console, accountant = stage.console, people["finance_manager"]
    balance = accountant.get("/api/finance/trial-balance")
    table = Table(title=f"Trial balance 试算平衡表 {balance['period']}", title_justify="left")
    for heading in ("account 科目", "名称 name"):
        table.add_column(heading)
    for heading in ("debit 借方", "credit 贷方", "balance 余额"):
        table.add_column(heading, justify="right")
    for line in balance["lines"]:
        left = Decimal(line["closing_debit"]) - Decimal(line["closing_credit"])
        name = f"{line['name_zh']} {line['name_en']}"
        table.add_row(line["account"], name, line["debit"], line["credit"], f"{left:,.2f}")
    console.print(table)
    total = balance["total"]
    if not balance["balanced"] or total["debit"] != total["credit"]:
        raise StoryBroke("the trial balance is out of balance")
    console.print(
        f"{balance['vouchers']} vouchers: debit {total['debit']} = credit {total['credit']}: "
        "in balance 试算平衡"
    )
