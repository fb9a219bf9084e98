"""The routes that every master has: one factory, so that all collections behave alike."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header
from pydantic import BaseModel, StringConstraints
from sqlmodel import col, select

from services.masterdata.masters.commands import Saved, lock_one, only_new, only_same, set_active
from services.masterdata.masters.rules import (
    KeyChanged,
    KeyTaken,
    LinesRefused,
    MasterChanged,
    MasterUnknown,
)
from services.masterdata.masters.tables import Master
from shared.auth import CurrentActor, needs
from shared.contracts.base import Act, Body, Contract
from shared.database import AsyncSession
from shared.lifecycle import Lifecycle
from shared.listing import Listing, ListQuery, Page, paged
from shared.service import problems
from shared.session import Session, TransactionRoute

M = TypeVar("M", bound=Master)
IfMatch = Annotated[str, StringConstraints(pattern=r'^"?[0-9]{1,9}"?$'), Header()]
RESENT_MAX = 2000  # masters told again per transaction


class Told(Contract):
    """How many masters were told again."""

    told: int


@dataclass(frozen=True)
class Collection(Generic[M]):
    """One kind of master as its routes see it.

    `save` takes bodies and tells what it touched; `describe` gives rows as their full state;
    `tell` records the events of rows as they stand.
    """

    noun: str
    prefix: str
    table: type[M]
    body: type[Body]
    shown: type[BaseModel]
    listing: Listing
    save: Callable[[AsyncSession, Sequence[Any]], Awaitable[Saved[M]]]
    describe: Callable[[AsyncSession, Sequence[M]], Awaitable[Sequence[Contract]]]
    tell: Callable[[AsyncSession, Sequence[M]], Awaitable[None]]
    lifecycle: Lifecycle | None = None


def master_router(kind: Collection[M], first: APIRouter | None = None) -> APIRouter:
    """Create, change, show, list, activate, deactivate and tell again."""
    router = first or master_base(kind.prefix)
    add_reads(router, kind)
    add_writes(router, kind)
    add_acts(router, kind)
    add_resend(router, kind)
    return router


def master_base(prefix: str) -> APIRouter:
    """A router to which a slice adds its own routes before the common ones claim `/{id}`."""
    return APIRouter(prefix=prefix, tags=[prefix.strip("/")], route_class=TransactionRoute)


def add_reads(router: APIRouter, kind: Collection[M]) -> None:
    read = needs(f"masterdata.{kind.noun}.read")
    asked = kind.listing.parameters()
    page: Any = Page  # of a shape known at run time alone

    @router.get("", response_model=page[kind.shown], dependencies=[read])
    async def list_masters(
        session: Session,
        actor: CurrentActor,
        query: Annotated[ListQuery, asked],
    ) -> Page[Any]:
        rows, total, counts = await kind.listing.fetch(session, query, actor)
        return paged(query, await kind.describe(session, rows), total, counts)

    @router.get(
        "/{id}", response_model=kind.shown, dependencies=[read], responses=problems(MasterUnknown)
    )
    async def show_master(id: UUID, session: Session, actor: CurrentActor) -> Contract:
        row = await session.get(kind.table, id)
        if row is None or row.company_id != actor.company_id:
            raise MasterUnknown(id=id)
        return (await kind.describe(session, [row]))[0]


def add_writes(router: APIRouter, kind: Collection[M]) -> None:
    write = needs(f"masterdata.{kind.noun}.write")
    body = kind.body

    @router.post(
        "",
        status_code=201,
        response_model=kind.shown,
        dependencies=[write],
        responses=problems(KeyTaken, LinesRefused),
    )
    async def create_master(wish: body, session: Session) -> Contract:  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm]
        row = only_new(await kind.save(session, [wish]))
        return (await kind.describe(session, [row]))[0]

    @router.put(
        "/{id}",
        response_model=kind.shown,
        dependencies=[write],
        responses=problems(KeyChanged, LinesRefused, MasterChanged, MasterUnknown),
    )
    async def change_master(
        id: UUID,
        wish: body,  # type: ignore[valid-type] # pyright: ignore[reportInvalidTypeForm]
        session: Session,
        if_match: IfMatch,
    ) -> Contract:
        """Replace the content; `If-Match` is the version that was seen."""
        await lock_one(session, kind.table, id, int(if_match.strip('"')))
        row = only_same(await kind.save(session, [wish]), id)
        return (await kind.describe(session, [row]))[0]


def add_acts(router: APIRouter, kind: Collection[M]) -> None:
    write = needs(f"masterdata.{kind.noun}.write")
    documented = problems(MasterUnknown, MasterChanged)

    async def switch(session: AsyncSession, id: UUID, act: Act, *, active: bool) -> Contract:
        row = await lock_one(session, kind.table, id, act.version)
        if set_active(row, active=active):
            await kind.tell(session, [row])
        return (await kind.describe(session, [row]))[0]

    @router.post(
        "/{id}/actions/activate",
        response_model=kind.shown,
        dependencies=[write],
        responses=documented,
    )
    async def activate_master(id: UUID, act: Act, session: Session) -> Contract:
        return await switch(session, id, act, active=True)

    @router.post(
        "/{id}/actions/deactivate",
        response_model=kind.shown,
        dependencies=[write],
        responses=documented,
    )
    async def deactivate_master(id: UUID, act: Act, session: Session) -> Contract:
        """It stays where it stands, and is not for new documents."""
        return await switch(session, id, act, active=False)


def add_resend(router: APIRouter, kind: Collection[M]) -> None:
    @router.post(
        "/actions/resend",
        response_model=Told,
        dependencies=[needs(f"masterdata.{kind.noun}.resend")],
    )
    async def resend_masters(
        session: Session, actor: CurrentActor, after: UUID | None = None
    ) -> Told:
        """Tell the current state again, for a consumer whose copies are lost; from `after` on."""
        wanted = select(kind.table).where(col(kind.table.company_id) == actor.company_id)
        if after is not None:
            wanted = wanted.where(col(kind.table.id) > after)
        rows = (await session.exec(wanted.order_by(col(kind.table.id)).limit(RESENT_MAX))).all()
        await kind.tell(session, rows)
        return Told(told=len(rows))
