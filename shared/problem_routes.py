"""Every refusal this service can give, in both languages."""

from fastapi import APIRouter

from shared.contracts.base import Contract
from shared.problems import all_problems

router = APIRouter(tags=["problems"])


class ProblemShown(Contract):
    type: str
    status: int
    title_en: str
    title_zh: str
    lifted_by_en: str
    lifted_by_zh: str
    about: str


@router.get("/problems")
async def list_problems() -> list[ProblemShown]:
    """What can be refused, and who can lift it; by type."""
    kinds = {kind.type(): kind for kind in all_problems()}
    return [
        ProblemShown(
            type=type,
            status=kind.status,
            title_en=kind.title.en,
            title_zh=kind.title.zh,
            lifted_by_en=kind.lifted_by.en,
            lifted_by_zh=kind.lifted_by.zh,
            about=(kind.__doc__ or "").split("\n")[0],
        )
        for type, kind in sorted(kinds.items())
    ]
