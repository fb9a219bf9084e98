import cProfile, pstats, time, io
from services.inventory.tests.conftest import ask, decision_of
from services.inventory.decisions.commands import hear_decisions
from shared.ids import new_id

async def test_profile(warehouse):
    pairs = []
    for n in range(112):
        item = await warehouse.make_item()
        ev = await warehouse.arrive(item, "10")
        pairs.append((item, ev))
        if n % 2:
            a = await warehouse.production.put(f"/reservations/{new_id()}", json=ask(item, "4", warehouse.today))
            assert a.status_code == 200, a.text
    p = cProfile.Profile()
    t = time.perf_counter()
    with warehouse.service.counted() as seen:
        async with warehouse.service.session("service:inventory") as s:
            p.enable()
            await hear_decisions(s, [decision_of(ev, "10", "0", "0", warehouse.today) for _, ev in pairs])
            p.disable()
    dt = time.perf_counter() - t
    out = io.StringIO()
    pstats.Stats(p, stream=out).sort_stats("tottime").print_stats(25)
    (lambda x:0)(out.getvalue()[:6000])
    print("N", len(seen), "s", dt)
    import collections
    for s, c in collections.Counter(x.strip()[:60] for x in seen).most_common(): print(c, s)
    item = await warehouse.make_item(); ev = await warehouse.arrive(item, "10")
    a = await warehouse.production.put(f"/reservations/{new_id()}", json=ask(item, "4", warehouse.today))
    with warehouse.service.counted() as seen:
        async with warehouse.service.session("service:inventory") as s:
            await hear_decisions(s, [decision_of(ev, "10", "0", "0", warehouse.today)])
    print("ONE", len(seen))
    for x in seen: print("  ", x.strip()[:90].replace("\n", " "))
