"""Files that belong to a document, kept with the hash of their bytes and checked on every read.

The bytes stand in PostgreSQL, or in the file store where one is set. There they go in three steps,
so that no transaction waits for the store: the intent is committed, the bytes are put, the row is
committed. Killed in between, bytes without a row remain, which the sweep removes a day later; a row
never speaks of bytes that are not there.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy import select, text
from sqlmodel import col

from shared.auth import CurrentActor, authenticate, needs
from shared.clock import utc_now
from shared.contracts.base import Contract, Name
from shared.database import AsyncSession
from shared.file_contents import FileDamaged, FileStoreAway, checked
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.platform_tables import Attachment
from shared.problems import NotFound, Problem, Refused
from shared.session import Handler, Session, TransactionRoute, answer_command

SIZE_MAX = 10 * 1024 * 1024  # bytes
MEDIA_TYPES = {"application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv", "text/xml"}


class FileTooLarge(Refused):
    title = Bilingual("The file is larger than the limit", "文件超过大小限制")


class FileTypeNotAllowed(Refused):
    title = Bilingual("Files of this type are not kept", "不允许保存此类型的文件")


class NoSuchAttachment(NotFound):
    title = Bilingual("There is no such attachment", "没有该附件")


def refusals(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    return {kind.status: {"description": kind.title.en} for kind in kinds}


class AttachmentShown(Contract):
    id: UUID
    document_type: str
    document_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


# The orphan sweep takes the same lock alone: an intent waits for a removal, and is seen after it.
INTEND = text("""
INSERT INTO file_intent (sha256, begun_at)
SELECT :sha256, :now
FROM (SELECT pg_advisory_xact_lock_shared(hashtextextended(:sha256, 0))) AS unless_swept
ON CONFLICT (sha256) DO UPDATE SET begun_at = greatest(file_intent.begun_at, excluded.begun_at)
""")
router = APIRouter(prefix="/attachments", tags=["attachments"], route_class=TransactionRoute)


class UploadRoute(APIRoute):
    """A route that does work before its transaction: its handler calls `answer_command`."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            authenticate(request)
            await request.body()  # kept whole: the key's hash needs it after the form was read
            return await handle(request)

        return answer


upload_router = APIRouter(prefix="/attachments", tags=["attachments"], route_class=UploadRoute)


@upload_router.post(
    "",
    status_code=201,
    response_model=AttachmentShown,
    dependencies=[needs("own.attachment.write")],
    responses=refusals(FileTooLarge, FileStoreAway),
)
async def attach(
    request: Request,
    actor: CurrentActor,
    document_type: Annotated[Name, Form()],
    document_id: Annotated[UUID, Form()],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Keep a file with its document; the answer carries the SHA-256 of what was kept."""
    content = await file.read(SIZE_MAX + 1)
    if len(content) > SIZE_MAX:
        raise FileTooLarge(size_max=SIZE_MAX)
    if file.content_type not in MEDIA_TYPES:
        raise FileTypeNotAllowed(given=file.content_type, allowed=sorted(MEDIA_TYPES))
    sha256, store = hashlib.sha256(content).hexdigest(), request.app.state.objects
    if store is not None:
        await intend(request, sha256)
        await store.put(sha256, content)
    row = partial(
        Attachment,
        id=new_id(),
        company_id=actor.company_id,
        document_type=document_type,
        document_id=document_id,
        name=(file.filename or "file")[:200],
        media_type=file.content_type,
        size=len(content),
        sha256=sha256,
        content=content if store is None else None,
        added_by=actor.subject,
        added_at=utc_now(),
    )
    return await answer_command(request, partial(kept, make=row))


async def intend(request: Request, sha256: str) -> None:
    """Commit that these bytes are coming, before they are."""
    async with AsyncSession(request.app.state.engine) as session, session.begin():
        await session.execute(INTEND, {"sha256": sha256, "now": utc_now()})


async def kept(request: Request, make: Callable[[], Attachment]) -> Response:
    """The row beside its document; the transaction is the request's."""
    row = make()
    request.state.session.add(row)
    shown = AttachmentShown.model_validate(row)
    return JSONResponse(shown.model_dump(mode="json"), 201)


@router.get("", dependencies=[needs("own.attachment.read")])
async def list_attachments(
    document_id: UUID, session: Session, actor: CurrentActor
) -> list[AttachmentShown]:
    """The document's files, oldest first."""
    return await attachments_of(session, actor.company_id, document_id)


@router.get(
    "/{id}/content",
    dependencies=[needs("own.attachment.read")],
    responses=refusals(NoSuchAttachment, FileDamaged, FileStoreAway),
)
async def download(request: Request, id: UUID, session: Session, actor: CurrentActor) -> Response:
    """The file's bytes, as a download and never inline."""
    row = await session.get(Attachment, id)
    if row is None or row.company_id != actor.company_id:
        raise NoSuchAttachment(id=id)
    content = await content_of(request, row)
    headers = {
        "content-disposition": f'attachment; filename="{row.id}"',
        "x-content-type-options": "nosniff",
        "etag": f'"{row.sha256}"',
    }
    return Response(content, media_type=row.media_type, headers=headers)


async def content_of(request: Request, row: Attachment) -> bytes:
    """The file's bytes from where they stand; raises FileDamaged, FileStoreAway."""
    if row.content is not None:
        return checked(row.sha256, row.content)
    if (store := request.app.state.objects) is None:
        raise FileStoreAway(cause="no file store is set")
    found: bytes = await store.get(row.sha256)
    return found


async def attachments_of(
    session: AsyncSession, company_id: UUID, document_id: UUID
) -> list[AttachmentShown]:
    rows = await session.execute(
        select(*(col(getattr(Attachment, name)) for name in AttachmentShown.model_fields))
        .where(col(Attachment.company_id) == company_id)
        .where(col(Attachment.document_id) == document_id)
        .order_by(col(Attachment.added_at))
    )
    return [AttachmentShown.model_validate(dict(row)) for row in rows.mappings()]
