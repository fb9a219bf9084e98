"""Electronic signatures: re-authentication, meaning and content hash, kept beside what was signed.

The gateway re-authenticates the person and mints a one-use token of two minutes that lists
(id, version, hash); the deciding service recomputes the hash under its lock (decision 29).
Source: 21 CFR 11.50, 11.70, 11.200; REQ-86.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from shared.actor import Actor
from shared.auth import read_token
from shared.clock import utc_now
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import derived_id
from shared.outbox import teller
from shared.platform_tables import Signature
from shared.problems import Conflict, Forbidden, shown

SIGN_AGAIN = Bilingual(
    "Look at the document and sign again with your password", "请查看单据后用密码重新签名"
)


class SignatureMissing(Forbidden):
    title = Bilingual("This decision needs your electronic signature", "此决定需要您的电子签名")
    lifted_by = SIGN_AGAIN


class SignatureInvalid(Forbidden):
    title = Bilingual(
        "The signature does not stand for this person, document and meaning",
        "电子签名与签名人、单据或含义不符",
    )
    lifted_by = SIGN_AGAIN


class SignatureUsed(Conflict):
    title = Bilingual("This signature has been used already", "此电子签名已被使用")
    lifted_by = SIGN_AGAIN


class ContentChanged(Conflict):
    title = Bilingual(
        "The document differs from what was signed", "单据内容与签名时不一致，签名无效"
    )
    lifted_by = SIGN_AGAIN


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON; decimals plain, keys sorted."""
    canonical = json.dumps(
        shown(dict(content)), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


async def sign(
    session: AsyncSession,
    actor: Actor,
    token: str | None,
    *,
    meaning: str,
    document_type: str,
    document_id: UUID,
    document_version: int,
    content: Mapping[str, Any],
) -> Signature:
    """Check the signature token against what stands under the lock, and keep the signature."""
    if not token:
        raise SignatureMissing(meaning=meaning)
    claims = read_token(token, f"signature:{teller(session).context}", session.info["trusted"])
    if claims["iss"] != "gateway" or claims["sub"] != actor.subject or claims["meaning"] != meaning:
        raise SignatureInvalid(meaning=meaning, signed_meaning=claims.get("meaning"))
    hashed = content_hash(content)
    signed = {str(item["id"]): item for item in claims["items"]}.get(str(document_id))
    if signed is None:
        raise SignatureInvalid(meaning=meaning, document_id=document_id)
    if (signed["version"], signed["hash"]) != (document_version, hashed):
        raise ContentChanged(signed_version=signed["version"], current_version=document_version)
    signature = Signature(
        id=await unused(session, UUID(claims["jti"]), document_id),
        company_id=actor.company_id,
        token_id=str(claims["jti"]),
        signer=actor.subject,
        signer_name=actor.name,
        meaning=meaning,
        document_type=document_type,
        document_id=document_id,
        document_version=document_version,
        content_hash=hashed,
        signed_at=utc_now(),
    )
    session.add(signature)
    return signature


async def unused(session: AsyncSession, token_id: UUID, document_id: UUID) -> UUID:
    """The signature's id: one per token and document, so that a token signs each only once."""
    id = derived_id(token_id, str(document_id))
    if await session.get(Signature, id) is not None:
        raise SignatureUsed(document_id=document_id)
    return id


async def signatures_of(
    session: AsyncSession, document_id: UUID, content: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The document's signatures in order; `valid` is False once the content has changed."""
    rows = await session.execute(
        select(Signature)
        .where(col(Signature.document_id) == document_id)
        .order_by(col(Signature.signed_at))
    )
    hashed = content_hash(content)
    return [
        {
            "id": str(row.id),
            "signer": row.signer,
            "signer_name": row.signer_name,
            "meaning": row.meaning,
            "signed_at": row.signed_at,
            "document_version": row.document_version,
            "valid": row.content_hash == hashed,
        }
        for row in rows.scalars()
    ]
