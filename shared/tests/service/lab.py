"""A small service over one table, to try what every service stands on."""

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Field

from shared.auth import CurrentActor, needs
from shared.contracts.base import Body, Contract, Event, Name, Quantity
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.outbox import record
from shared.problems import Refused
from shared.service import problems
from shared.session import Session, TransactionRoute
from shared.spec import ServiceSpec
from shared.tables import Row, own_registry

REGISTRY = own_registry()
METADATA = REGISTRY.metadata


class LabRow(Row, registry=REGISTRY):
    """The base of the laboratory's tables."""


class Note(LabRow, table=True):
    """Something written down."""

    id: UUID = Field(primary_key=True)
    company_id: UUID
    text: str = Field(unique=True)


class WriteNote(Body):
    text: Name
    quantity: Quantity = Decimal(1)
    refuse: bool = False


class NoteShown(Contract):
    id: UUID
    text: str
    quantity: Quantity


class NoteWritten(Event):
    subject: ClassVar[str] = "erp.masterdata.note_written.v1"
    aggregate: ClassVar[str] = "note_id"

    note_id: UUID


class NotWanted(Refused):
    title = Bilingual("This note is not wanted", "不接受此内容")


router = APIRouter(prefix="/notes", route_class=TransactionRoute)


@router.post(
    "", status_code=201, dependencies=[needs("lab.note.write")], responses=problems(NotWanted)
)
async def write_note(wish: WriteNote, session: Session, actor: CurrentActor) -> NoteShown:
    """Write a note; `refuse` writes it and refuses afterwards."""
    note = Note(id=new_id(), company_id=actor.company_id, text=wish.text)
    session.add(note)
    await session.flush()
    record(session, NoteWritten(note_id=note.id))
    record(session, NoteWritten(note_id=note.id))
    if wish.refuse:
        raise NotWanted(text=wish.text)
    return NoteShown(id=note.id, text=note.text, quantity=wish.quantity)


@router.get("/{id}", dependencies=[needs("lab.note.read")])
async def show_note(id: UUID, session: Session) -> NoteShown:
    note = await session.get_one(Note, id)
    return NoteShown(id=note.id, text=note.text, quantity=WriteNote(text="-").quantity)


SPEC = ServiceSpec(context="masterdata", title="Laboratory", routers=(router,))
