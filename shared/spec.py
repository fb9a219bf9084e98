"""A service as data: what it serves, hears, carries through and does by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter

from shared.events import Reaction
from shared.i18n import Bilingual, Labels
from shared.jobs import Job
from shared.saga import Plan


@dataclass(frozen=True)
class ServiceSpec:
    """A service as data: what it serves, hears, carries through and does by the clock."""

    context: str
    title: str
    routers: Sequence[APIRouter]
    reactions: Sequence[Reaction] = ()
    plans: Sequence[Plan] = ()
    jobs: Sequence[Job] = ()
    labels: Labels = field(default_factory=dict[str, Bilingual])
    public: frozenset[str] = frozenset()  # further paths that need no token
    last_routers: Sequence[APIRouter] = ()  # matched after everything else
    own_pages: bool = False  # serves /openapi.json and /docs itself
