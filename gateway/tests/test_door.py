import httpx


async def test_front_page(running):
    async with running("gateway", "masterdata") as stack:
        async with httpx.AsyncClient(base_url=stack["gateway"].base_url) as client:
            answer = await client.get("/health/ready")
            assert answer.status_code == 200, answer.text
