"""Electronic signatures: re-authentication, meaning and content hash, kept beside what was signed.

The gateway re-authenticates the person and mints a one-use token of two minutes that lists
(id, version, hash); the deciding service recomputes the hash under its lock (decision 29).
Source: 21 CFR 11.50, 11.70, 11.200; REQ-86.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from shared.actor import Actor
from shared.auth import read_token
from shared.batches import Judging, naming
from shared.bulk import rows_json
from shared.clock import utc_now
from shared.database import AsyncSession
from shared.i18n import Bilingual
from shared.ids import derived_id
from shared.outbox import teller
from shared.platform_tables import Signature
from shared.problems import Conflict, Forbidden, shown

SIGN_AGAIN = Bilingual(
    "Look at the document, authenticate again and sign", "请查看单据，重新验证身份后签名"
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


@dataclass(frozen=True, slots=True)
class Signable:
    """A document as it stands under the lock: what the hash is recomputed from."""

    type: str
    id: UUID
    version: int
    content: Mapping[str, Any]


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
    document = Signable(document_type, document_id, document_version, content)
    return (await sign_all(session, actor, token, [document], meaning=meaning))[document_id]


async def sign_all(
    session: AsyncSession,
    actor: Actor,
    token: str | None,
    documents: Sequence[Signable],
    *,
    meaning: str,
    judging: Judging = naming,
) -> dict[UUID, Signature]:
    """One authentication over a list: the signatures by document id, all or none.

    One statement, however many documents there are. With a batch's `judging` a document that the
    signature does not stand for may be left out; no signature at all refuses the list.
    """
    if not token:
        raise SignatureMissing(meaning=meaning)
    claims = read_token(token, f"signature:{teller(session).context}", session.info["trusted"])
    if claims["iss"] != "gateway" or claims["sub"] != actor.subject or claims["meaning"] != meaning:
        raise SignatureInvalid(meaning=meaning, signed_meaning=claims.get("meaning"))
    seen = {str(item["id"]): item for item in claims["items"]}
    token_id = UUID(claims["jti"])
    made: dict[UUID, Signature] = {}
    for document in documents:
        with judging(document.id):
            hashed = checked_hash(document, seen.get(str(document.id)), meaning)
            made[document.id] = signed_by(actor, token_id, document, meaning, hashed)
    kept = await keep_signatures(session, list(made.values()))
    for id in made.keys() - kept:
        with judging(id):
            raise SignatureUsed(document_id=id)
    return {id: one for id, one in made.items() if id in kept}


def signed_by(
    actor: Actor, token_id: UUID, document: Signable, meaning: str, hashed: str
) -> Signature:
    return Signature(
        id=derived_id(token_id, str(document.id)),
        company_id=actor.company_id,
        token_id=str(token_id),
        signer=actor.subject,
        signer_name=actor.name,
        meaning=meaning,
        document_type=document.type,
        document_id=document.id,
        document_version=document.version,
        content_hash=hashed,
        signed_at=utc_now(),
    )


def checked_hash(document: Signable, signed: Mapping[str, Any] | None, meaning: str) -> str:
    """The document's hash, when it is what the person saw and signed."""
    if signed is None:
        raise SignatureInvalid(meaning=meaning, document_id=document.id)
    hashed = content_hash(document.content)
    if (signed["version"], signed["hash"]) != (document.version, hashed):
        raise ContentChanged(
            document_id=document.id,
            signed_version=signed["version"],
            current_version=document.version,
        )
    return hashed


# Their ids derive from token and document: what stands already was signed with this token before.
KEEP = text("""
INSERT INTO signature
SELECT * FROM jsonb_populate_recordset(CAST(NULL AS signature), CAST(:rows AS jsonb))
ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING document_id
""")


async def keep_signatures(session: AsyncSession, signatures: Sequence[Signature]) -> set[UUID]:
    """The documents whose signatures were kept; a token signs each document only once."""
    if not signatures:
        return set()
    return set((await session.execute(KEEP, {"rows": rows_json(signatures)})).scalars())


async def signatures_of(
    session: AsyncSession, document_id: UUID, content: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The document's signatures in order; `valid` is False once the content has changed."""
    rows = await session.execute(
        select(Signature)
        .where(col(Signature.document_id) == document_id)
        .order_by(col(Signature.signed_at))
    )
    return described(list(rows.scalars()), content)


def described(rows: Sequence[Signature], content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Signatures as they are shown beside the content that they stand for."""
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
        for row in rows
    ]
