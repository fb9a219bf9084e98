"""The demo company comes into being through the public import, by the people who own the data."""

from functools import partial
from pathlib import Path

from demo.story.people import People, today
from demo.story.stage import Stage

DATA = Path(__file__).resolve().parent.parent / "data" / "company"
# In the order in which they refer to one another, with the role that answers for the data.
FILES = (
    ("units", "planner"),
    ("items", "planner"),
    ("work_centres", "planner"),
    ("boms", "planner"),
    ("routings", "planner"),
    ("suppliers", "buyer"),
    ("sources", "buyer"),
    ("qualifications", "quality_manager"),
    ("certificates", "quality_manager"),
    ("customers", "sales"),
    ("licences", "sales"),
    ("rates", "finance_clerk"),
)


def set_up(people: People, stage: Stage) -> None:
    """Import what is not there yet; a second time every row is found unchanged."""
    stage.act("The company 公司建档")
    for kind, role in FILES:
        content = (DATA / f"{kind}.csv").read_bytes()
        path = f"/api/masterdata/imports/{kind}"
        people[role].upload(f"{path}?dry_run=1", f"{kind}.csv", content)
        result = people[role].upload(path, f"{kind}.csv", content)
        stage.human(role, f"imports {kind}: {result['created']} new, {result['unchanged']} known")
    prepare_places(people, stage)
    prepare_books(people, stage)
    wait_for_copies(people, stage)


def prepare_places(people: People, stage: Stage) -> None:
    keeper = people["warehouse"]
    if not keeper.get("/api/inventory/places")["total"]:
        keeper.post("/api/inventory/places/actions/standard", {"code": "WH1"})
        stage.human("warehouse", "lays out the warehouse: zones and bins")


def prepare_books(people: People, stage: Stage) -> None:
    manager = people["finance_manager"]
    if not manager.get("/api/finance/periods"):
        first = today().replace(day=1)
        period = manager.post("/api/finance/periods", {"first": first.isoformat()})
        stage.human("finance_manager", "opens the first period", [period["period"]])


def wait_for_copies(people: People, stage: Stage) -> None:
    """Until every context has heard the masters: each keeps its own copy of what it needs."""
    told = max(person.told.get("masterdata", 0) for person in people.known.values())
    planner = people["planner"]

    def heard(context: str) -> bool:
        positions: dict[str, int] = planner.get(f"/api/{context}/positions")
        return positions.get("masterdata", 0) >= told

    with stage.waiting("the contexts hear the masters"):
        for context in ("procurement", "production", "quality", "inventory", "sales", "finance"):
            planner.until(f"the masters in {context}", partial(heard, context))
    stage.system("masterdata", "tells all contexts; each keeps its own copies")
