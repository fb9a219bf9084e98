"""Files that belong to a document, kept with the hash of their bytes and checked on every read.

The bytes stand in PostgreSQL, or in the file store where one is set; there they are written before
the row commits, so a row never speaks of bytes that are not there.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlalchemy import select, text
from sqlmodel import col

from shared.auth import CurrentActor, needs
from shared.clock import utc_now
from shared.contracts.base import Contract, Name
from shared.database import AsyncSession
from shared.file_contents import FileDamaged, FileStoreAway, checked
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.platform_tables import Attachment
from shared.problems import NotFound, Problem, Refused
from shared.session import Session, TransactionRoute

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


# The orphan sweep takes the same lock alone: it removes nothing that is being kept.
KEEPING = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:sha256, 0))")
router = APIRouter(prefix="/attachments", tags=["attachments"], route_class=TransactionRoute)


@router.post(
    "",
    status_code=201,
    dependencies=[needs("own.attachment.write")],
    responses=refusals(FileTooLarge, FileStoreAway),
)
async def attach(
    request: Request,
    session: Session,
    actor: CurrentActor,
    document_type: Annotated[Name, Form()],
    document_id: Annotated[UUID, Form()],
    file: Annotated[UploadFile, File()],
) -> AttachmentShown:
    """Keep a file with its document; the answer carries the SHA-256 of what was kept."""
    content = await file.read(SIZE_MAX + 1)
    if len(content) > SIZE_MAX:
        raise FileTooLarge(size_max=SIZE_MAX)
    if file.content_type not in MEDIA_TYPES:
        raise FileTypeNotAllowed(given=file.content_type, allowed=sorted(MEDIA_TYPES))
    sha256, store = hashlib.sha256(content).hexdigest(), request.app.state.objects
    if store is not None:
        await session.execute(KEEPING, {"sha256": sha256})
        await store.put(sha256, content)
    row = Attachment(
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
    session.add(row)
    return AttachmentShown.model_validate(row)


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
