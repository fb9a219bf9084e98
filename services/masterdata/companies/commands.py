"""Changes to the company."""

from services.masterdata.companies.tables import Company
from shared.contracts.masterdata.companies import CompanyBody
from shared.database import AsyncSession
from shared.outbox import teller


async def save_company(session: AsyncSession, wish: CompanyBody) -> Company:
    """Enter or correct the caller's own company; the same again changes nothing."""
    id = teller(session).company_id
    company = await session.get(Company, id, with_for_update=True)
    if company is None:
        company = Company(id=id, company_id=id, **wish.model_dump())
        session.add(company)
    elif CompanyBody.model_validate(company) != wish:
        for name, value in wish.model_dump().items():
            setattr(company, name, value)
        company.version += 1
    await session.flush()
    return company
