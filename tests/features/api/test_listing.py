"""Customers and other lists, as read by the operator's programs."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from features.api.web.reports import REPORTS
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.support.api_client import PROBLEM, ids, key_for, pages
from tests.support.of_features import of_features
from tests.support.plain_http import plain_http
from tests.support.website import POSTS_KEY, Website, running_website
from web.routes.command_answers import path_of

LISTS = {
    Ability.CUSTOMERS: "/api/v1/customers",
    Ability.SUBSCRIPTIONS: "/api/v1/subscriptions",
    Ability.PAYMENTS: "/api/v1/payments",
}
PLANS = "/api/v1/plans"


@pytest.mark.parametrize("ability", LISTS)
async def test_list_requires_a_key_with_its_ability(client: httpx.AsyncClient, site: Website, ability: Ability) -> None:
    wrong = await key_for(site, *(other for other in Ability if other is not ability))
    own = {"Authorization": f"Bearer {POSTS_KEY}"}
    for headers, status in (({}, 401), ({"Authorization": "Bearer x"}, 401), (wrong, 403), (own, 403)):
        answer = await client.get(LISTS[ability], params={"limit": "no"}, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        assert answer.json()["status"] == status
    right = await client.get(LISTS[ability], headers=await key_for(site, ability))
    assert (right.status_code, right.json()) == (200, {"items": [], "next": None})
    assert right.headers["cache-control"] == "no-store"


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", LISTS.values())
@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "no"),
        *(("cursor", wrong) for wrong in ("", "ä", "AAAA", "MjAyNi0wMS0wMSB4", "A" * 201)),
        ("cursor", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCAwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA="),
    ],
)
async def test_refusal_of_a_list_request_names_the_invalid_field(
    client: httpx.AsyncClient, site: Website, path: str, field: str, given: str
) -> None:
    headers = await key_for(site, *LISTS)
    answer = await client.get(path, params={field: given}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
    assert list(answer.json()["errors"]) == [field]


async def test_filter_value_that_does_not_exist_is_refused_with_the_existing_values(
    client: httpx.AsyncClient, site: Website
) -> None:
    headers, plan = await key_for(site, *LISTS), samples.plan()
    async with site.container.core.units()() as uow:
        await uow.plans.save(plan)
        await uow.customers.save(samples.customer(tags=frozenset({"vip"})))
        await uow.commit()
    subscriptions, customers, payments = (
        LISTS[each] for each in (Ability.SUBSCRIPTIONS, Ability.CUSTOMERS, Ability.PAYMENTS)
    )
    for path, name, wrong, right in (
        (subscriptions, "plan", plan.soft_id.upper(), plan.soft_id),
        (customers, "plan", plan.soft_id.upper(), plan.soft_id),
        (customers, "tag", "VIP", "vip"),
        (subscriptions, "provider", "strype", "stripe"),
        (payments, "currency", "EURO", "EUR"),
    ):
        refused = await client.get(path, params={name: wrong}, headers=headers)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, [name])
        assert right in str(refused.json()["errors"][name]), (name, refused.json())
        accepted = await client.get(path, params={name: right}, headers=headers)
        assert accepted.status_code == 200, accepted.text


async def test_customers_are_found_by_part_of_a_name(client: httpx.AsyncClient, site: Website) -> None:
    headers = await key_for(site, Ability.CUSTOMERS)
    lucia = samples.customer(first_name="Lucía", last_name="Méndez")
    async with site.container.core.units()() as uow:
        await uow.customers.save(lucia)
        await uow.customers.save(samples.customer(first_name="Lucía", last_name="Garrido"))
        await uow.commit()
    for words in ("mendez", "mendez LUCIA", "mendes", str(lucia.telegram_id)):
        answer = await client.get(LISTS[Ability.CUSTOMERS], params={"q": words}, headers=headers)
        assert [each["last_name"] for each in answer.json()["items"]] == ["Méndez"], words
    answer = await client.get(f"{LISTS[Ability.CUSTOMERS]}/{lucia.telegram_id}", headers=headers)
    assert answer.json()["last_name"] == "Méndez"


async def test_tax_report_of_a_quarter_is_returned_only_to_a_key_with_the_payments_ability(
    client: httpx.AsyncClient, site: Website
) -> None:
    headers = await key_for(site, Ability.PAYMENTS)
    report = await client.get("/api/v1/tax-report", params={"quarter": "2026-1"}, headers=headers)
    assert report.status_code == 200, report.text
    assert (report.json()["first_day"], report.json()["last_day"]) == ("2026-01-01", "2026-03-31")
    file = await client.get("/api/v1/tax-report.csv", params={"quarter": "2026-1", "language": "en"}, headers=headers)
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.content.decode().startswith("\ufeffDate,Number,Document,")
    odd = await client.get("/api/v1/tax-report", params={"quarter": "2026-7"}, headers=headers)
    assert (odd.status_code, list(odd.json()["errors"])) == (422, ["quarter"])
    other = await key_for(site, Ability.CODES)
    for path in ("/api/v1/tax-report", "/api/v1/tax-report.csv"):
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers=other)).status_code == 403


async def test_customers_are_listed_page_by_page(client: httpx.AsyncClient, site: Website) -> None:
    headers = await key_for(site, Ability.CUSTOMERS)
    # Two rows per timestamp: rows with equal timestamps are neither skipped nor repeated at the end of a page.
    people = [samples.customer(created_at=NOON + timedelta(microseconds=number // 2)) for number in range(7)]
    plan, late = samples.plan(), samples.customer(created_at=NOON + timedelta(days=1))
    async with site.container.core.units()() as uow:
        for person in people:
            await uow.customers.save(person)
        await uow.plans.save(plan)
        await uow.subscriptions.save(samples.given(people[0], plan, NOON + timedelta(days=9)))
        await uow.commit()
    expected = [
        str(person.id) for person in sorted(people, key=lambda person: (person.created_at, person.id), reverse=True)
    ]
    for limit in (1, 2, 3, 7, 100):
        shown = await pages(client, LISTS[Ability.CUSTOMERS], headers, limit)
        assert ids(shown) == expected
        assert len(shown) == -(-7 // limit)
    first = next(item for page in shown for item in page if item["id"] == str(people[0].id))
    who = people[0]
    assert first == {
        "id": str(who.id),
        "first_name": who.first_name,
        "username": who.username,
        "last_name": None,
        "plans": [plan.soft_id],
        "tags": [],
    }

    top = (await client.get(LISTS[Ability.CUSTOMERS], params={"limit": 3}, headers=headers)).json()
    async with site.container.core.units()() as uow:
        await uow.customers.save(late)
        await uow.commit()
    rest = await client.get(LISTS[Ability.CUSTOMERS], params={"cursor": top["next"]}, headers=headers)
    assert ids([top["items"], rest.json()["items"]]) == expected


async def test_subscriptions_payments_and_plans_are_listed_page_by_page(
    client: httpx.AsyncClient, site: Website
) -> None:
    headers = await key_for(site, Ability.SUBSCRIPTIONS, Ability.PAYMENTS, Ability.PLANS)
    buyers, plan = [samples.customer() for _ in range(3)], samples.plan(price=Money(2999, "EUR"))
    orders = [samples.order(buyer, plan) for buyer in buyers]
    held = [
        samples.subscription(order, status=SubscriptionStatus.EXPIRED, created_at=NOON + timedelta(days=number))
        for number, order in enumerate(orders)
    ]
    held[1].status = SubscriptionStatus.PAUSED
    for each in held[:2]:
        each.pause_until = NOON + timedelta(days=40)
    paid = [
        samples.payment(order, subscription_id=has.id, recorded_at=has.created_at)
        for order, has in zip(orders, held, strict=True)
    ]
    refund = Refund(
        id=new_uuid(),
        provider="acme",
        refund_key="r",
        payment_id=paid[0].id,
        amount=Money(999, "EUR"),
        occurred_at=NOON,
        recorded_at=NOON,
    )
    async with site.container.core.units()() as uow:
        await uow.plans.save(plan)
        for buyer in buyers:
            await uow.customers.save(buyer)
        for order, has, payment in zip(orders, held, paid, strict=True):
            await uow.orders.save(order)
            await uow.subscriptions.save(has)
            await uow.payments.add_if_new(payment)
        assert await uow.reversals.add_refund_if_new(refund)
        await uow.commit()
    notified = await pages(client, LISTS[Ability.SUBSCRIPTIONS], headers, 2)
    assert ids(notified) == [str(has.id) for has in reversed(held)]
    first = notified[0][0]
    assert (first["customer"], first["plan"], first["status"]) == (str(buyers[2].id), plan.soft_id, "expired")
    pauses = [item["pause_until"] and datetime.fromisoformat(item["pause_until"]) for page in notified for item in page]
    assert pauses == [None, NOON + timedelta(days=40), None], "an ended one is not paused"
    notified = await pages(client, LISTS[Ability.PAYMENTS], headers, 2)
    assert ids(notified) == [str(payment.id) for payment in reversed(paid)]
    assert [item["refunded_minor"] for page in notified for item in page] == [0, 0, 999]
    assert {(item["amount_minor"], item["amount_currency"]) for page in notified for item in page} == {(2999, "EUR")}
    shown = (await client.get(PLANS, headers=headers)).json()["items"]
    assert plan.soft_id in {item["id"] for item in shown}
    for asked, status in (({}, 401), (await key_for(site, Ability.CODES), 403)):
        assert (await client.get(PLANS, headers=asked)).status_code == status


async def test_customer_list_is_filtered_by_the_request_parameters(client: httpx.AsyncClient, site: Website) -> None:
    headers = await key_for(site, Ability.CUSTOMERS, Ability.SUBSCRIPTIONS)
    people, plan = [samples.customer(created_at=NOON + timedelta(days=n)) for n in range(3)], samples.plan()
    people[0].tags = frozenset({"vip", "moroso"})
    async with site.container.core.units()() as uow:
        for person in people:
            await uow.customers.save(person)
        await uow.plans.save(plan)
        await uow.subscriptions.save(samples.given(people[1], plan, NOON + timedelta(days=900)))
        await uow.commit()

    async def asked(path: str, **filters: str) -> list[str]:
        answer = await client.get(path, params=filters, headers=headers)
        assert answer.status_code == 200, answer.text
        return [item.get("customer", item["id"]) for item in answer.json()["items"]]

    path, ids_ = LISTS[Ability.CUSTOMERS], [str(person.id) for person in people]
    assert await asked(path, telegram_id=str(people[2].telegram_id)) == [ids_[2]]
    assert await asked(path, telegram_id="999") == []
    assert await asked(path, plan=plan.soft_id) == await asked(path, state="live") == [ids_[1]]
    assert await asked(path, tag="vip") == [ids_[0]]
    assert await asked(path, since=(NOON + timedelta(days=1)).isoformat()) == [ids_[2], ids_[1]]
    assert await asked(path, until=(NOON + timedelta(days=1)).isoformat()) == [ids_[0]]
    assert await asked(LISTS[Ability.SUBSCRIPTIONS], customer=ids_[1], status="active") == [ids_[1]]
    assert await asked(LISTS[Ability.SUBSCRIPTIONS], customer=ids_[0]) == []


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("telegram_id", "Ana"),
        ("telegram_id", "0"),
        ("state", "nothing"),
        ("since", "2026-11-22"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("plan", ""),
        ("plan", "\0"),
        ("plan", "a" * 101),
    ],
)
async def test_refusal_names_the_invalid_filter(
    client: httpx.AsyncClient, site: Website, field: str, given: str
) -> None:
    headers = await key_for(site, Ability.CUSTOMERS)
    answer = await client.get(LISTS[Ability.CUSTOMERS], params={field: given}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert list(answer.json()["errors"]) == [field]


async def test_api_description_requires_no_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/openapi.json")
    said = answer.json()
    assert (answer.status_code, said["openapi"][:2]) == (200, "3.")
    assert said["paths"][path_of(COMMANDS["make_role"])]["post"]["operationId"] == "make_role"
    assert set(said["paths"]) == {
        *(*LISTS.values(), PLANS, REPORTS),
        *(f"{LISTS[Ability.CUSTOMERS]}/{{telegram_id}}{part}" for part in ("", "/access")),
        *of_features("walks", "API_PATHS"),
        "/api/v1/tax-report",
        "/api/v1/tax-report.csv",
        *(path_of(command) for command in COMMANDS.values()),
    }
    for path in LISTS.values():
        described = said["paths"][path]["get"]
        assert described["security"] == [{"HTTPBearer": []}]
        assert set(described["responses"]) == {"200", "400", "401", "403", "422", "503"}
        assert {"limit", "cursor", "plan", "state"} <= {part["name"] for part in described["parameters"]}
        assert all(part["description"] for part in described["parameters"])
        assert all(PROBLEM in notified["content"] for code, notified in described["responses"].items() if code != "200")
    schemas = said["components"]["schemas"]
    assert {"CustomersOut", "CustomerOut", "CodesOut", "CodeOut"} <= set(schemas)
    assert said["servers"][0]["url"]
    assert {"contact", "license", "description"} <= set(said["info"])
    operations = [each for methods in said["paths"].values() for each in methods.values()]
    assert all(each["description"] and each["tags"] for each in operations)
    assert {tag for each in operations for tag in each["tags"]} < {tag["name"] for tag in said["tags"]}
    headers = [
        (each["operationId"], part["name"], part["required"])
        for each in operations
        for part in each.get("parameters", ())
        if part["in"] == "header"
    ]
    assert {name for _, name, _ in headers} == {"Idempotency-Key"}
    assert {operation for operation, _, _ in headers} == {*of_features("walks", "KEYED"), *COMMANDS}
    # These operations were available without an idempotency key before they became staff commands.
    assert {operation for operation, _, is_needed in headers if not is_needed} == {*of_features("walks", "UNKEYED")}
    missing = await client.get("/api/v1/nothing")
    assert (missing.status_code, missing.headers["content-type"]) == (404, PROBLEM)


async def test_api_description_contains_every_event(client: httpx.AsyncClient) -> None:
    said = (await client.get("/api/v1/openapi.json")).json()
    assert set(said["webhooks"]) == set(EventKind)
    body = said["webhooks"]["payment.received"]["post"]["requestBody"]["content"]["application/json"]
    data = body["schema"]["properties"]["data"]["properties"]
    assert set(data) == {"customer", "subscription", "payment"}
    assert "telegram_id" in said["components"]["schemas"]["CustomerEvent"]["properties"]
    assert "telegram_id" not in said["components"]["schemas"]["CustomerOut"]["properties"]
    assert body["example"]["data"]["payment"]["amount_minor"] == 2999


async def test_api_reference_is_shown_if_the_webhooks_feature_is_off(database_url: str) -> None:
    async with running_website(database_url, FEATURES="api") as site, plain_http(base_url=site.url) as client:
        described = (await client.get("/api/v1/openapi.json")).json()
        answer = await client.get("/api/v1/reference")
    assert "webhooks" not in described
    assert (answer.status_code, 'id="list_customers"' in answer.text) == (200, True)


async def test_api_reference_page_shows_every_operation_without_a_script(client: httpx.AsyncClient) -> None:
    said = (await client.get("/api/v1/openapi.json")).json()
    answer = await client.get("/api/v1/reference")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = answer.text
    for methods in (*said["paths"].values(), *said.get("webhooks", {}).values()):
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    assert "<script" not in page
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(page.split('id="list_customers"')) == 2
    for address in {part.partition('"')[0] for part in page.split('href="')[1:]}:
        assert address.startswith(("/", "#"))
