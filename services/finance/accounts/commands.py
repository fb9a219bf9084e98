"""Installing the chart."""

import json
from pathlib import Path
from uuid import UUID

from services.finance.accounts.rules import ROLES, shipped_chart
from services.finance.accounts.tables import Account, AccountRole
from shared.database import AsyncSession, insert_all

CHART = Path(__file__).parent.parent / "data" / "cas_chart_of_accounts.json"


async def install_chart(session: AsyncSession, company_id: UUID) -> None:
    """Give a company the shipped chart and roles. The caller knows that it has none."""
    source = json.loads(CHART.read_text(encoding="utf-8"))
    accounts = [
        {
            **{name: getattr(one, name) for name in one.__slots__},
            "required": list(one.required),
            "company_id": company_id,
            "active": True,
            "version": 1,
        }
        for one in shipped_chart(source)
    ]
    await insert_all(session, Account, accounts)
    roles = [
        {"company_id": company_id, "role": role, "item_class": kind, "account": account}
        for role, kind, account in ROLES
    ]
    await insert_all(session, AccountRole, roles)
