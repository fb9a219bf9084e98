"""The caller's own company over HTTP."""

from fastapi import APIRouter

from services.masterdata.companies.commands import save_company
from services.masterdata.companies.rules import CompanyNotEntered
from services.masterdata.companies.tables import Company
from shared.auth import CurrentActor, needs
from shared.contracts.masterdata.companies import CompanyBody, CompanyShown
from shared.service import problems
from shared.session import Session, TransactionRoute

router = APIRouter(prefix="/company", tags=["company"], route_class=TransactionRoute)


@router.get(
    "", dependencies=[needs("masterdata.company.read")], responses=problems(CompanyNotEntered)
)
async def show_company(session: Session, actor: CurrentActor) -> CompanyShown:
    company = await session.get(Company, actor.company_id)
    if company is None:
        raise CompanyNotEntered
    return CompanyShown.model_validate(company)


@router.put("", dependencies=[needs("masterdata.company.write")])
async def put_company(wish: CompanyBody, session: Session) -> CompanyShown:
    """Say who the company is; safe to repeat."""
    return CompanyShown.model_validate(await save_company(session, wish))
