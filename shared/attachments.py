"""Files that belong to a document, kept in PostgreSQL with the hash of their bytes."""

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile
from sqlalchemy import select
from sqlmodel import col

from shared.auth import CurrentActor, needs
from shared.clock import utc_now
from shared.contracts.base import Contract, Name
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import new_id
from shared.platform_tables import Attachment
from shared.problems import NotFound, Refused
from shared.session import Session, TransactionRoute

SIZE_MAX = 10 * 1024 * 1024  # bytes
MEDIA_TYPES = {"application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv", "text/xml"}


class FileTooLarge(Refused):
    title = Bilingual("The file is larger than the limit", "文件超过大小限制")


class FileTypeNotAllowed(Refused):
    title = Bilingual("Files of this type are not kept", "不允许保存此类型的文件")


class NoSuchAttachment(NotFound):
    title = Bilingual("There is no such attachment", "没有该附件")


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


router = APIRouter(prefix="/attachments", tags=["attachments"], route_class=TransactionRoute)


@router.post("", status_code=201, dependencies=[needs("own.attachment.write")])
async def attach(
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
    row = Attachment(
        id=new_id(),
        company_id=actor.company_id,
        document_type=document_type,
        document_id=document_id,
        name=(file.filename or "file")[:200],
        media_type=file.content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
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


@router.get("/{id}/content", dependencies=[needs("own.attachment.read")])
async def download(id: UUID, session: Session, actor: CurrentActor) -> Response:
    """The file's bytes, as a download and never inline."""
    row = await session.get(Attachment, id)
    if row is None or row.company_id != actor.company_id:
        raise NoSuchAttachment(id=id)
    headers = {
        "content-disposition": f'attachment; filename="{row.id}"',
        "x-content-type-options": "nosniff",
        "etag": f'"{row.sha256}"',
    }
    return Response(row.content, media_type=row.media_type, headers=headers)


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
