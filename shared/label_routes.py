"""What a person reads for each code of this service, in both languages."""

from fastapi import APIRouter, Request

from shared.contracts.base import Contract
from shared.labels import kernel_labels

router = APIRouter(tags=["labels"])


class LabelShown(Contract):
    en: str
    zh: str


@router.get("/labels")
async def list_labels(request: Request) -> dict[str, LabelShown]:
    """By code: a state, an action's verb, an enum's value, a permission, a saga or its step."""
    spec = request.app.state.spec
    labels = {**kernel_labels(spec.context), **spec.labels}
    return {code: LabelShown(en=label.en, zh=label.zh) for code, label in sorted(labels.items())}
