import pytest
async def test_a(service):
    async with service("finance") as f:
        c=f.as_user("finance.account.read","finance.voucher.read","finance.period.read", *[x for x in __import__("gateway.identity.roles.rules",fromlist=["x"]).catalogue() if x.startswith("finance")])
        c._transport.raise_app_exceptions=True
        a=await c.get("/accounts"); print(a.text)
    assert 0
async def test_g(service):
    async with service("gateway") as f:
        c=f.as_user("gateway.self.read","gateway.self.write")
        for m,p in (("GET","/api/identity/me"),("DELETE","/api/identity/sessions/current")):
            a=await c.request(m,p); print(a.text)
    assert 0
