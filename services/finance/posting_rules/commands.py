"""Loading the shipped rules."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from services.finance.posting_rules.rules import RuleLine, check_rule
from services.finance.posting_rules.tables import PostingRule
from shared.database import AsyncSession, insert_all
from shared.ids import new_id

FOLDER = Path(__file__).parent.parent / "posting"
SHIPPED_FROM = date(2000, 1, 1)


async def install_rules(session: AsyncSession, company_id: UUID) -> None:
    """Give a company the shipped rules, each checked. The caller knows that it has none."""
    rows: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        source: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        check_rule(source["event"], [rule_line(line) for line in source["lines"]])
        rows.append(
            {
                "id": new_id(),
                "company_id": company_id,
                "event": source["event"],
                "version": 1,
                "valid_from": SHIPPED_FROM,
                "summary_zh": source["summary"]["zh"],
                "summary_en": source["summary"]["en"],
                "lines": source["lines"],
                "signed_by": "service:finance",
            }
        )
    await insert_all(session, PostingRule, rows)


def rule_line(source: dict[str, Any]) -> RuleLine:
    """A line as stored; an unknown key is refused by the constructor."""
    plain = {name: value for name, value in source.items() if name != "dims"}
    return RuleLine(dims=tuple(source.get("dims", ())), **plain)
