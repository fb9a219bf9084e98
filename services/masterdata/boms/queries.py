"""Questions about structures: explode and where-used."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.masterdata.boms.tables import Bom
from shared.auth import Actor
from shared.contracts.masterdata.bodies import Exploded, WhereUsed
from shared.database import AsyncSession
from shared.listing import Listing

LISTING = Listing(
    Bom,
    {"item_id": "ref", "state": "in", "active": "flag", "revision": "eq"},
    sort=("valid_from", "revision"),
    search=("revision",),
)

EXPLODE = text("""
WITH RECURSIVE tree AS (
  SELECT 1 AS level, bom.item_id AS parent_id, line.component_id, ARRAY[line.line] AS places,
         CAST(:quantity AS numeric) * line.quantity / (1 - line.scrap) AS quantity,
         ARRAY[root.code, item.code]::text[] AS path
  FROM bom JOIN bom_component line ON line.bom_id = bom.id AND line.active
  JOIN item root ON root.id = bom.item_id JOIN item ON item.id = line.component_id
  WHERE bom.company_id = :company AND bom.item_id = :item AND bom.state = 'released' AND bom.active
    AND :day BETWEEN bom.valid_from AND coalesce(bom.valid_to, 'infinity')
  UNION ALL
  SELECT tree.level + 1, bom.item_id, line.component_id, tree.places || line.line,
         tree.quantity * line.quantity / (1 - line.scrap), tree.path || item.code::text
  FROM tree JOIN bom ON bom.item_id = tree.component_id AND bom.state = 'released' AND bom.active
    AND :day BETWEEN bom.valid_from AND coalesce(bom.valid_to, 'infinity')
  JOIN bom_component line ON line.bom_id = bom.id AND line.active
  JOIN item ON item.id = line.component_id
  WHERE tree.level < :deepest
)
SELECT level, parent_id, component_id, item.code AS component_code, item.name AS component_name,
       round(tree.quantity, 6) AS quantity, path
FROM tree JOIN item ON item.id = tree.component_id ORDER BY places
""")

# A line that names the item as component, or among what may stand in; the larger priority on the
# way up says how far from the first choice the item is.
USED_BY = """
  JOIN bom_component line ON line.active AND (line.component_id = {item}
    OR line.substitutes @> jsonb_build_array(jsonb_build_object('component_id', {item})))
  JOIN bom ON bom.id = line.bom_id AND bom.state = 'released' AND bom.active
    AND bom.company_id = :company
  CROSS JOIN LATERAL (
    SELECT min((own ->> 'priority')::int) FILTER (WHERE line.component_id <> {item}) AS priority
    FROM jsonb_array_elements(line.substitutes) AS own
    WHERE own ->> 'component_id' = {item}::text
  ) AS stand_in
"""
WHERE_USED = text(f"""
WITH RECURSIVE up AS (
  SELECT 1 AS level, bom.item_id, bom.revision, stand_in.priority
  FROM (SELECT CAST(:item AS uuid) AS id) AS asked {USED_BY.format(item="asked.id")}
  UNION
  SELECT up.level + 1, bom.item_id, bom.revision, greatest(up.priority, stand_in.priority)
  FROM up {USED_BY.format(item="up.item_id")}
  WHERE up.level < :deepest
)
SELECT DISTINCT ON (level, item_code, up.revision)
       up.level, up.item_id, item.code AS item_code, item.name AS item_name, up.revision,
       up.priority
FROM up JOIN item ON item.id = up.item_id ORDER BY level, item_code, revision, priority NULLS FIRST
""")  # noqa: S608 - put together of constants
DEEPEST = 50  # levels; real structures have less than fifteen


async def explode(
    session: AsyncSession, actor: Actor, item_id: UUID, quantity: Decimal, day: date
) -> list[Exploded]:
    """All components under an item on a day, depth first in line order, scrap included."""
    asked = {"company": actor.company_id, "item": item_id, "quantity": quantity, "day": day}
    rows = await session.execute(EXPLODE, asked | {"deepest": DEEPEST})
    return [Exploded.model_validate(dict(row)) for row in rows.mappings()]


async def where_used(session: AsyncSession, actor: Actor, item_id: UUID) -> list[WhereUsed]:
    """Every released structure that contains the item or may, nearest first."""
    asked = {"company": actor.company_id, "item": item_id, "deepest": DEEPEST}
    rows = await session.execute(WHERE_USED, asked)
    return [WhereUsed.model_validate(dict(row)) for row in rows.mappings()]
