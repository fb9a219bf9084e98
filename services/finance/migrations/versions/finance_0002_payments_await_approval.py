"""Payments that were proposed before get the stage that new ones get: nobody has to begin again.

Their content is hashed by the release that upgrades, because that one compares it.
"""

from decimal import Decimal
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from services.finance.payments.rules import AGREE, content, stages_for
from shared.signatures import content_hash

revision = "finance_0002"
down_revision = "finance_0001"
branch_labels = None
depends_on = None
PROPOSED = sa.text("""
SELECT payment.id, payment.company_id, payment.number, payment.version, payment.created_by,
       payment.supplier_id, payment.currency, payment.amount,
       line.invoice_id, line.amount AS part, line.number AS invoice, item.open_base
FROM payment JOIN payment_line line ON line.payment_id = payment.id
JOIN open_item item ON item.id = line.invoice_id
WHERE payment.state = 'proposed'
  AND NOT EXISTS (SELECT FROM approval WHERE approval.document_id = payment.id)
ORDER BY payment.id, line.due_on, line.invoice_id
""")
ASK = sa.text("""
INSERT INTO approval (id, company_id, document_type, document_id, document_number, document_version,
  content_hash, stage, name, permission, state, requested_by, requested_at, summary, amount, quorum,
  note)
VALUES (uuidv7(), :company_id, 'payment', :id, :number, :version, :hash, 1, 'payment', :permission,
  'pending', :created_by, now(), jsonb_build_object('supplier_id', CAST(:supplier_id AS text),
  'amount', CAST(:amount AS text), 'currency', CAST(:currency AS text)), :base, :quorum, '')
""")


def upgrade() -> None:
    bind = op.get_bind()
    bind.execute(sa.text("SELECT set_config('app.actor', 'service:finance', true)"))
    for _, rows in groupby(bind.execute(PROPOSED).mappings().all(), lambda row: row["id"]):
        lines = list(rows)
        first = lines[0]
        base = sum((line["open_base"] for line in lines), Decimal(0))
        parts = [(line["invoice_id"], line["part"]) for line in lines]
        hashed = content_hash(
            content(first["number"], first["supplier_id"], first["currency"], parts)
        )
        (stage,) = stages_for(base)
        asked = {"hash": hashed, "permission": AGREE, "base": base, "quorum": stage.quorum}
        bind.execute(ASK, {**first, **asked})


def downgrade() -> None:
    """The stages stay: an older release passes over them."""
