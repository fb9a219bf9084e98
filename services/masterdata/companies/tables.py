"""The legal entities that keep their books here."""

from sqlmodel import Field

from services.masterdata.masters.tables import Master
from services.masterdata.rows import ContextRow


class Company(Master, ContextRow, table=True):
    """One legal entity; its `id` is the `company_id` of everything it owns."""

    name: str
    name_zh: str
    time_zone: str = Field(default="Asia/Shanghai")
    currency: str = "CNY"
