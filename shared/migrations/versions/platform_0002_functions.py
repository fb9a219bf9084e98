"""The platform's functions: beginning a command, and the audit trail that nobody edits."""

from alembic import op

revision = "platform_0002"
down_revision = "platform_0001"
branch_labels = None
depends_on = None

TYPES = "CREATE TYPE uuidrange AS RANGE (subtype = uuid)"
DEFAULT_PARTITIONS = (
    "CREATE TABLE outbox_default PARTITION OF outbox DEFAULT",
    "CREATE TABLE inbox_default PARTITION OF inbox DEFAULT",
)

# The first statement of every command: says who acts, and claims the Idempotency-Key. A second
# request with the same key gets claimed = false: with an answer once the first one has committed,
# without one while it still runs. Volatile: the look-up has its own snapshot, taken under the lock.
BEGIN_COMMAND = """
CREATE FUNCTION begin_command(
  p_actor text, p_company uuid, p_trace text, p_reason text, p_key text, p_request_hash text
) RETURNS TABLE (claimed boolean, same_request boolean, status int, headers jsonb, answer bytea)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('app.actor', coalesce(p_actor, ''), true),
          set_config('app.company', coalesce(p_company::text, ''), true),
          set_config('app.trace', coalesce(p_trace, ''), true),
          set_config('app.reason', coalesce(p_reason, ''), true);
  IF p_key IS NULL THEN
    RETURN QUERY SELECT true, NULL::boolean, NULL::int, NULL::jsonb, NULL::bytea;
    RETURN;
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended(p_key, 0)) THEN
    RETURN QUERY SELECT false, NULL::boolean, NULL::int, NULL::jsonb, NULL::bytea;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT false, k.request_hash = p_request_hash, k.status, k.headers, k.answer
    FROM idempotency_key k WHERE k.key = p_key;
  IF NOT FOUND THEN
    RETURN QUERY SELECT true, NULL::boolean, NULL::int, NULL::jsonb, NULL::bytea;
  END IF;
END $$
"""

# A row as the trail keeps it: hidden columns as hashes; '*' keeps the hash of the whole row, with
# nulls left out so that a later nullable column does not change it.
AUDIT_IMAGE = """
CREATE FUNCTION audit_image(p_row jsonb, p_hidden text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_hidden = '' THEN p_row
    WHEN p_hidden = '*' THEN jsonb_build_object('sha256',
      encode(sha256(convert_to(jsonb_strip_nulls(p_row)::text, 'UTF8')), 'hex'))
    ELSE p_row || coalesce((
      SELECT jsonb_object_agg(name,
        'sha256:' || encode(sha256(convert_to(p_row ->> name, 'UTF8')), 'hex'))
      FROM unnest(string_to_array(p_hidden, ',')) AS name
      WHERE p_row ->> name IS NOT NULL), '{}')
  END
$$
"""

# One INSERT … SELECT per statement. Arguments: hidden columns, then up to four key columns.
AUDIT_STATEMENT = """
CREATE FUNCTION audit_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  who text := nullif(current_setting('app.actor', true), '');
  why text := coalesce(current_setting('app.reason', true), '');
  through text := coalesce(current_setting('app.trace', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND TG_ARGV[0] = '*' THEN
    IF EXISTS (SELECT FROM new_rows) THEN
      RAISE EXCEPTION '% is an append-only ledger: correct it by a reversing row', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
  END IF;
  IF who IS NULL THEN
    RAISE EXCEPTION 'nobody is named as the actor: changes of % are refused', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege', HINT = 'begin the transaction with begin_command';
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.audit (at, actor, action, table_name, row_id, old, new, reason, trace)
    SELECT clock_timestamp(), who, 'insert', TG_TABLE_NAME,
      concat_ws('/', j ->> TG_ARGV[1], j ->> TG_ARGV[2], j ->> TG_ARGV[3], j ->> TG_ARGV[4]),
      NULL, public.audit_image(j, TG_ARGV[0]), why, through
    FROM (SELECT to_jsonb(r) AS j FROM new_rows r) AS added;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO public.audit (at, actor, action, table_name, row_id, old, new, reason, trace)
    SELECT clock_timestamp(), who, 'delete', TG_TABLE_NAME,
      concat_ws('/', j ->> TG_ARGV[1], j ->> TG_ARGV[2], j ->> TG_ARGV[3], j ->> TG_ARGV[4]),
      public.audit_image(j, TG_ARGV[0]), NULL, why, through
    FROM (SELECT to_jsonb(r) AS j FROM old_rows r) AS removed;
  ELSE
    INSERT INTO public.audit (at, actor, action, table_name, row_id, old, new, reason, trace)
    SELECT clock_timestamp(), who, 'update', TG_TABLE_NAME, id,
      CASE WHEN n IS NULL THEN o ELSE (
        SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(o) AS e
        WHERE n -> e.key IS DISTINCT FROM e.value) END,
      CASE WHEN o IS NULL THEN n ELSE (
        SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(n) AS e
        WHERE o -> e.key IS DISTINCT FROM e.value) END,
      why, through
    FROM (
      SELECT id, o, n FROM (
        SELECT concat_ws('/', j ->> TG_ARGV[1], j ->> TG_ARGV[2], j ->> TG_ARGV[3],
          j ->> TG_ARGV[4]) AS id, public.audit_image(j, TG_ARGV[0]) AS o
        FROM (SELECT to_jsonb(r) AS j FROM old_rows r) AS b) AS before
      FULL JOIN (
        SELECT concat_ws('/', j ->> TG_ARGV[1], j ->> TG_ARGV[2], j ->> TG_ARGV[3],
          j ->> TG_ARGV[4]) AS id, public.audit_image(j, TG_ARGV[0]) AS n
        FROM (SELECT to_jsonb(r) AS j FROM new_rows r) AS a) AS after USING (id)
      WHERE o IS DISTINCT FROM n) AS changed;
  END IF;
  RETURN NULL;
END $$
"""

AUDIT_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: its history is kept', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$
"""

AUDIT_SEAL_ONCE = """
CREATE FUNCTION audit_seal_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE seal bigint := NEW.seal_id;
BEGIN
  NEW.seal_id := NULL;
  IF OLD.seal_id IS NOT NULL OR seal IS NULL OR NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'audit row % is final: it can only be sealed, once', OLD.id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.seal_id := seal;
  RETURN NEW;
END $$
"""

# A service that could put the trigger function on a table of its own could write any history.
GUARDS = (
    "CREATE TRIGGER audit_seal_once BEFORE UPDATE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_seal_once()",
    "CREATE TRIGGER audit_kept BEFORE DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "REVOKE ALL ON FUNCTION audit_statement(), audit_refuse(), audit_seal_once() FROM PUBLIC",
)
FUNCTIONS = (BEGIN_COMMAND, AUDIT_IMAGE, AUDIT_STATEMENT, AUDIT_REFUSE, AUDIT_SEAL_ONCE)


def upgrade() -> None:
    for statement in (TYPES, *DEFAULT_PARTITIONS, *FUNCTIONS, *GUARDS):
        op.execute(statement)


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION audit_seal_once(), audit_refuse(), audit_statement(), "
        "audit_image(jsonb, text), begin_command(text, uuid, text, text, text, text) CASCADE"
    )
    op.execute("DROP TABLE inbox_default, outbox_default")
    op.execute("DROP TYPE uuidrange")
