r"""Real servers for tests: what to ask for, in two minutes.

One PostgreSQL and one nats-server per run, shared by all xdist workers, started by the first test
that asks and stopped at the end. Every worker has its own databases (clones of one migrated
template per context) and its own NATS account. Nothing is mocked; rule tests start nothing.

A route test:

    async def test_an_order_is_refused_without_a_licence(service):
        async with service("sales") as sales:
            seller = sales.as_user("sales.order.create", "sales.order.read")  # an httpx client
            answer = await seller.post("/orders", json=…, headers={"Idempotency-Key": "1"})
            assert answer.status_code == 409, answer.text

`sales.as_user(*permissions, user_id=…, company_id=…)` is a person; `sales.as_service("finance")`
is another service with its rights of shared/rights.py; `sales.session("user:…")` is an AsyncSession
whose transaction has an actor (for reactions, factories and looking); `sales.app`,
`sales.settings`, `sales.engine` are what they say. Relay, consumers, sagas and sealer are off.

Statement budgets:

    async with service("sales") as sales:
        with sales.counted() as statements:
            await seller.post(…)
        assert len(statements) <= 9, "\n".join(statements)

A journey (real HTTP on loopback, relays, consumers, sagas, all in this process):

    async def test_order_to_cash(running):
        async with running("masterdata", "sales", "inventory") as stack:
            await stack["sales"].as_user("sales.order.create").post("/orders", json=…)
            await stack.eventually(lambda: …)          # polls until it returns something true

Below HTTP: `database("sales")` is an AsyncEngine as `sales_app`; `owner_engine("sales")` as
`sales_owner`; `settings_for("sales", pool_size=8)` the ServiceSettings. `nats_account` has `.url`,
`.seed("sales")`, `.admin_seed`; `broker` is an admin client after all streams were made anew.
`scratch("lab", METADATA)` is a database of your own tables with rights and audit, no migration.

Every fixture that touches a database empties it before the test; rows that migrations seeded come
back. The database of "platform" holds the platform's tables alone: the kernel's own tests use
`service("platform", make=lambda settings: create_service(spec, settings))`.
"""
