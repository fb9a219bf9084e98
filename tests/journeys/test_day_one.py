"""Day one of a real company: from the printed password to the first sale, all by hand."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from shared.clock import Clock
from tests.journeys.day_one import HAN, Json, Person, Site, site

TODAY = Clock().today()  # the company's day, which begins before this machine's
ROLES = ("sales", "finance_manager", "finance_clerk", "warehouse", "inspector", "planner", "buyer")
UNITS = "code,name,name_zh,decimals\npcs,Piece,件,0\n"
ITEMS = (
    "code,name,name_zh,kind,stock_unit,decimals,tracking,inspect_incoming,regulated\n"
    "BP-100,Blood pressure monitor,电子血压计,finished,pcs,0,lot,true,true\n"
    "BP-050,Blood pressure monitor of old,旧款血压计,finished,pcs,0,lot,true,true\n"
)
CUSTOMERS = (
    "code,name,kind,country,address,contact,currency,payment_days,credit_limit\n"
    "H1,First Hospital 第一医院,hospital,CN,Road 1,Office,CNY,30,50000\n"
    "H2,Unlicensed Clinic 无证诊所,hospital,CN,Road 2,Office,CNY,30,50000\n"
)
LICENCES = (
    "customer_code,kind,number,scope,valid_from,valid_to\n"
    "H1,practice_licence,47000123433108211A1002,,2024-01-01,2034-12-31\n"
)
CERTIFICATES = (
    "number,holder,product,device_class,valid_from,valid_to,item_codes\n"
    "国械注准20253080998,First Maker,Monitor,3,2025-01-01,2034-12-31,BP-100\n"
    f"国械注准20203080997,First Maker,Old monitor,3,2020-01-01,{TODAY - timedelta(2)},BP-050\n"
)
SUPPLIERS = "code,name,currency,payment_days\nS1,First Supplier,CNY,30\n"
STOCK = (
    "item_code,lot_number,maker_lot,usable_until,bin_code,quantity\n"
    "BP-100,OLD-1,M-1,,WH1-STORE-01,40\nBP-050,OLD-2,M-2,,WH1-STORE-02,5\n"
)
BALANCES = (
    "account,debit,credit,partner,item,quantity,due_on\n"
    "1002,80000,,,,,\n140501,8000,,,BP-100,40,\n140501,500,,,BP-050,5,\n"
    f"1122,3000,,H1,,,{TODAY}\n220201,,1500,S1,,,{TODAY}\n4001,,{{capital}},,,,\n"
)


@dataclass
class Company:
    """Its people by role, on its site."""

    site: Site
    admin: Person
    people: dict[str, Person]

    def __getitem__(self, role: str) -> Person:
        return self.people[role]

    def find(self, what: str, code: str) -> Json:
        found = self["sales"].get(f"/masterdata/{what}", q=code)["items"]
        return next(one for one in found if one["code"] == code)

    def order(self, customer: str, item: str, quantity: int) -> str:
        """A draft order; its path."""
        due = (TODAY + timedelta(7)).isoformat()
        line = {"item_id": self.find("items", item)["id"], "quantity": str(quantity)}
        wish = {
            "customer_id": self.find("customers", customer)["id"],
            "lines": [line | {"price": "500", "due_on": due}],
        }
        return f"/sales/orders/{self['sales'].post('/sales/orders', wish)['id']}"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Founded by its administrator: people, masters, warehouse, opening stock, books."""
    with site(tmp_path_factory.mktemp("day one, of a company whose path has spaces")) as place:
        admin = place.enter("admin", place.printed_password())
        founded = Company(place, admin, hire(place, admin))
        admin.done(admin.send("PUT", "/masterdata/company", {
            "name": "First Maker", "name_zh": "首家医疗器械", "time_zone": "Asia/Shanghai",
        }))  # fmt: skip
        enter_masters(founded)
        open_stock_and_books(founded)
        yield founded


def hire(place: Site, admin: Person) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for role in ROLES:
        first = f"First-{role}-Pass-1x"
        username = f"u.{role}"
        new = {"username": username, "name": f"员工 {role}", "password": first, "roles": [role]}
        admin.post("/identity/users", new)
        people[role] = place.enter(username, first)
    return people


def enter_masters(founded: Company) -> None:
    """By the administrator on day one; a file with faults first, which changes nothing."""
    admin, told = founded.admin, ""
    for kind, rows in (
        *(("units", UNITS), ("items", ITEMS), ("suppliers", SUPPLIERS)),
        *(("customers", CUSTOMERS), ("licences", LICENCES), ("certificates", CERTIFICATES)),
    ):
        answer = admin.upload(f"/masterdata/imports/{kind}", rows)
        admin.done(answer)
        told = answer.headers.get("mailuo-position", "masterdata:0")  # units tell nothing
    for context in ("inventory", "sales", "finance"):
        admin.heard(context, int(told.rpartition(":")[2]))


def open_stock_and_books(founded: Company) -> None:
    keeper, manager = founded["warehouse"], founded["finance_manager"]
    keeper.post("/inventory/places/actions/standard", {"code": "WH1"})
    assert keeper.load("/inventory/imports/opening", STOCK)["created"] == 2
    first = TODAY.replace(day=1).isoformat()
    manager.post("/finance/periods", {"first": first})
    crooked = manager.load("/finance/imports/opening", BALANCES.format(capital="90001"))
    assert crooked["voucher"] is None
    assert [(one["row"], one["column"]) for one in crooked["problems"]] == [(0, "debit")]
    assert HAN.search(crooked["problems"][0]["text_zh"])
    booked = manager.load("/finance/imports/opening", BALANCES.format(capital="90000"))
    assert booked["voucher"], booked


@pytest.mark.req("A17", "REQ-87")
def test_the_first_people_come_in_and_duties_stay_apart(company: Company) -> None:
    me = company.admin.get("/identity/me")
    assert me["roles"] == ["admin"]
    both = {
        "username": "two.hats",
        "name": "Two Hats",
        "password": "First-two-Pass-1x",
        "roles": ["sales", "finance_manager"],
    }
    refusal = company.admin.refused("duties-conflict", "POST", "/identity/users", both)
    assert ["sales.order.submit", "sales.order.approve"] in refusal["duties"]
    company["sales"].refused("permission-missing", "POST", "/finance/periods", {"first": "x"})


@pytest.mark.req("A17")
def test_a_file_with_faults_names_each_cell_and_changes_nothing(company: Company) -> None:
    rows = ITEMS + (
        "NEW-1,Good,好,finished,pcs,0,lot,true,false\n"
        "NEW-2,No unit,无单位,finished,league,0,lot,true,false\n"
        "NEW-3,Odd,怪,finished,pcs,many,lot,perhaps,false\n"
    )
    before = company.admin.get("/masterdata/items")["total"]
    for dry_run in (1, 0):
        answer = company.admin.upload(f"/masterdata/imports/items?dry_run={dry_run}", rows)
        shown = answer.json()
        assert (answer.status_code, shown["type"]) == (422, "/problems/import-refused"), shown
        cells = {(one["row"], one["column"]): one["detail"] for one in shown["errors"]}
        assert {(6, "decimals"), (6, "inspect_incoming")} <= cells.keys(), shown
        for detail in cells.values():
            assert HAN.search(detail["zh"])
            assert not HAN.search(detail["en"])
    only_unit = ITEMS + "NEW-2,No unit,无单位,finished,league,0,lot,true,false\n"
    shown = company.admin.upload("/masterdata/imports/items", only_unit).json()
    [fault] = shown["errors"]
    assert (fault["row"], fault["column"], fault["value"]) == (4, "stock_unit", "league")
    assert company.admin.get("/masterdata/items")["total"] == before


@pytest.mark.req("REQ-06", "REQ-68", "REQ-70", "A17")
@pytest.mark.parametrize(
    ("customer", "item", "quantity", "kind", "numbers"),
    [
        ("H1", "BP-050", 1, "certificate-missing", {"items": ["BP-050"]}),
        ("H2", "BP-100", 1, "licence-missing", {}),
        ("H1", "BP-100", 100, "credit-exceeded", {"limit": "50000"}),
    ],
)
def test_a_sale_that_may_not_be_is_refused_with_what_why_and_who(
    company: Company, customer: str, item: str, quantity: int, kind: str, numbers: Json
) -> None:
    order = company.order(customer, item, quantity)
    seen = company["sales"].get(order)["version"]
    refusal = company["sales"].refused(kind, "POST", f"{order}/actions/submit", {"version": seen})
    for name, value in numbers.items():
        assert refusal[name] == value, refusal
    assert set(refusal) - {"type", "title", "status", "detail", "lifted_by", "instance"}, refusal


@pytest.mark.req("REQ-70", "REQ-81", "C1")
def test_the_first_sale_from_stock_to_money(company: Company) -> None:
    seller, keeper, checker = company["sales"], company["warehouse"], company["inspector"]
    manager, clerk = company["finance_manager"], company["finance_clerk"]
    order = company.order("H1", "BP-100", 10)
    seller.act(order, "submit")
    version = seller.get(order)["version"]
    seller.refused("permission-missing", "POST", f"{order}/actions/approve", {"version": version})
    manager.act(order, "approve")
    seller.until(lambda: seller.get(order)["state"] == "allocated")

    delivery = seller.post("/sales/deliveries", {"order_id": order.rpartition("/")[2]})
    shipment = f"/inventory/shipments/{delivery['id']}"
    keeper.until(lambda: keeper.send("GET", shipment).is_success)
    keeper.act(shipment, "pick")
    checker.act(shipment, "check")
    keeper.act(shipment, "dispatch")

    invoice = f"/finance/sales-invoices/{delivery['id']}"
    draft = clerk.until(lambda: is_draft(clerk, invoice))
    assert Decimal(draft["gross"]) == Decimal(5650)  # 10 × 500 and 13 %
    posted = clerk.act(invoice, "post")
    allocation = {"invoice_id": posted["id"], "amount": posted["gross"]}
    clerk.post("/finance/receipts", {
        "customer_id": posted["customer_id"], "amount": posted["gross"], "currency": "CNY",
        "received_on": posted["posted_on"], "allocations": [allocation],
    })  # fmt: skip
    seller.until(lambda: seller.get(order)["state"] == "closed")

    balance = clerk.get("/finance/trial-balance", period=f"{TODAY:%Y%m}")
    assert balance["balanced"]
    closing = {one["account"]: Decimal(one["closing_debit"]) for one in balance["lines"]}
    assert closing["1122"] == Decimal(3000)  # the opening receivable alone is left
    assert closing["1002"] == Decimal(85650)
    assert closing["140501"] == Decimal(6500)  # 10 left at 200 each
    assert manager.get("/inventory/reconciliation") == {"differences": []}


def is_draft(clerk: Person, path: str) -> Json:
    answer = clerk.send("GET", path)
    return answer.json() if answer.is_success and answer.json()["state"] == "draft" else None


@pytest.mark.req("A17", "G1")
def test_a_service_that_is_down_is_named_and_the_rest_works(company: Company) -> None:
    keeper, seller = company["warehouse"], company["sales"]
    pid = company.site.service_pid("inventory")
    os.kill(pid, signal.SIGKILL)
    answer = keeper.send("GET", "/inventory/places")
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["service"] == "inventory"
    assert answer.json()["type"] == "/problems/service-away"
    assert seller.get("/sales/orders")["items"]
    assert company["finance_clerk"].get("/finance/trial-balance", period=f"{TODAY:%Y%m}")
    keeper.until(lambda: keeper.send("GET", "/inventory/places").is_success)
    assert company.site.service_pid("inventory") != pid
