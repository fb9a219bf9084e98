"""Questions about the chart."""

from sqlalchemy import text

from services.finance.accounts.tables import Account
from shared.listing import Listing

LISTING = Listing(
    Account,
    {"type": "in", "leaf": "flag", "active": "flag", "control": "eq"},
    sort=("code",),
    search=("code", "name_zh", "name_en"),
    counts_by="type",
)

# Chart, roles and rules hardly ever change: they are read again only when their mark has changed.
# Whether facts wait to be posted is read along, for whoever hears the next one.
READ = text("""
SELECT
  (SELECT coalesce(json_agg(json_build_array(period, first, last, state)), '[]')
   FROM fiscal_period WHERE company_id = :company) AS periods,
  (SELECT json_build_array(
     (SELECT json_build_array(count(*), max(CAST(CAST(xmin AS text) AS bigint)))
      FROM account WHERE company_id = :company),
     (SELECT json_build_array(count(*), max(CAST(CAST(xmin AS text) AS bigint)))
      FROM account_role WHERE company_id = :company),
     (SELECT json_build_array(count(*), max(CAST(CAST(xmin AS text) AS bigint)))
      FROM posting_rule WHERE company_id = :company),
     (SELECT oid FROM pg_database WHERE datname = current_database()))) AS mark,
  EXISTS (SELECT FROM pending_fact WHERE company_id = :company AND settled_at IS NULL) AS parked
""")
READ_CHART = text("""
SELECT
  (SELECT coalesce(json_agg(json_build_array(code, leaf, active, required)), '[]')
   FROM account WHERE company_id = :company) AS accounts,
  (SELECT coalesce(json_agg(json_build_array(role, item_class, account)), '[]')
   FROM account_role WHERE company_id = :company) AS roles,
  (SELECT coalesce(json_agg(json_build_array(
     event, version, valid_from, summary_zh, summary_en, lines)), '[]')
   FROM posting_rule WHERE company_id = :company) AS rules
""")
