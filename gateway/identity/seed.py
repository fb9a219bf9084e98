"""The first people of a new home: the administrator, and in the demo one person per role."""

import secrets

from gateway.identity.opening import opening
from gateway.identity.passwords import Passwords
from gateway.identity.roles.rules import ROLES
from gateway.identity.users.tables import User
from shared.clock import utc_now
from shared.company import DEFAULT_COMPANY
from shared.database import insert_all, make_engine
from shared.ids import new_id
from shared.settings import ServiceSettings

NAMES = {
    "buyer": "采购员 Li Na",
    "purchasing_manager": "采购经理 Wang Fang",
    "warehouse": "仓管员 Zhang Wei",
    "inspector": "检验员 Liu Yang",
    "quality_manager": "质量经理 Chen Jie",
    "planner": "计划员 Yang Min",
    "operator": "操作工 Zhao Lei",
    "sales": "销售员 Huang Ying",
    "finance_clerk": "会计 Zhou Tao",
    "finance_manager": "财务经理 Wu Xia",
    "admin": "系统管理员 Administrator",
}
Users = dict[str, dict[str, str]]


async def seed(settings: ServiceSettings, *, demo: bool) -> Users:
    """Create the first accounts, once per home; returns user name and password by role.

    Without `demo` there is only the administrator, whose password must be changed at first use.
    """
    users: Users = {
        role: {"username": role.replace("_", "."), "password": first_password()}
        for role in (ROLES if demo else ("admin",))
    }
    passwords, engine = Passwords(), make_engine(settings)
    rows = [
        {
            "id": new_id(),
            "company_id": DEFAULT_COMPANY,
            "username": user["username"],
            "name": NAMES[role],
            "password_hash": await passwords.hash(user["password"]),
            "roles": [role],
            "active": True,
            "must_change": not demo,
            "failed_tries": 0,
            "version": 1,
            "created_at": utc_now(),
        }
        for role, user in users.items()
    ]
    try:
        async with opening(engine, settings.clock()) as session:
            await insert_all(session, User, rows)
    finally:
        await engine.dispose()
    return users


def first_password() -> str:
    """Random, and long and mixed enough for the house's own rule."""
    return f"{secrets.token_urlsafe(12)}-aA7"
