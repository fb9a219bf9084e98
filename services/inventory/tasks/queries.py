"""What waits for the warehouse, over all kinds of work."""

from typing import Final

from sqlalchemy import text

from shared.auth import Actor
from shared.contracts.inventory.shipments import TaskShown
from shared.database import AsyncSession
from shared.i18n import Bilingual

TASKS_MAX = 500

TASKS = text("""
SELECT 'put_away' AS kind, id, document_number AS number, version, opened_at
FROM put_away WHERE company_id = :company AND state = 'open'
UNION ALL
SELECT 'issue_return', id, order_number, version, opened_at
FROM return_task WHERE company_id = :company AND state = 'open'
UNION ALL
SELECT 'supplier_return', id, number, version, created_at
FROM supplier_return WHERE company_id = :company AND state = 'open'
UNION ALL
SELECT CASE state WHEN 'planned' THEN 'pick' WHEN 'picked' THEN 'check' ELSE 'dispatch' END,
       id, number, version, created_at
FROM shipment WHERE company_id = :company AND state IN ('planned', 'picked', 'checked')
UNION ALL
SELECT 'issue', id, number, version, asked_at
FROM reservation
WHERE company_id = :company AND state = 'held' AND reserved_for = 'production_order'
ORDER BY opened_at, id
LIMIT :most
""")

KINDS: Final = {
    "put_away": (
        Bilingual("Put goods away", "上架"),
        "inventory.put_away.confirm",
        "/put-aways/{id}/actions/confirm",
    ),
    "issue": (
        Bilingual("Issue material to production", "发料"),
        "inventory.issue.write",
        "/issues",
    ),
    "issue_return": (
        Bilingual("Take material back from production", "退料"),
        "inventory.issue.return",
        "/issue-returns",
    ),
    "supplier_return": (
        Bilingual("Send goods back to the supplier", "采购退货出库"),
        "inventory.supplier_return.dispatch",
        "/supplier-returns/{id}/actions/dispatch",
    ),
    "pick": (
        Bilingual("Pick a shipment", "拣货"),
        "inventory.shipment.pick",
        "/shipments/{id}/actions/pick",
    ),
    "check": (
        Bilingual("Check a shipment as second person", "出库复核"),
        "inventory.shipment.check",
        "/shipments/{id}/actions/check",
    ),
    "dispatch": (
        Bilingual("Dispatch a shipment", "发货"),
        "inventory.shipment.dispatch",
        "/shipments/{id}/actions/dispatch",
    ),
}


async def tasks_of(session: AsyncSession, actor: Actor, *, mine: bool) -> list[TaskShown]:
    """Open tasks, oldest first; `mine`: only those that this person may do."""
    asked = {"company": actor.company_id, "most": TASKS_MAX}
    found: list[TaskShown] = []
    for row in (await session.execute(TASKS, asked)).mappings():
        title, permission, place = KINDS[row["kind"]]
        if not mine or actor.may(permission):
            found.append(
                TaskShown(
                    **row,
                    title=title.en,
                    title_zh=title.zh,
                    permission=permission,
                    act_at=place.format(id=row["id"]),
                )
            )
    return found
