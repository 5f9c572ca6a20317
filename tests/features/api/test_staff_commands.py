"""Staff commands through the API: authorized by the key, parsed, and run once; a refusal names the invalid field."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from subscriptions.application.staff.command import SubjectKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.api_key import Ability
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.api_client import PROBLEM, key_for
from tests.support.website import Website
from web.routes.command_answers import path_of

WHY = {"reason": "de bienvenida"}


async def post(
    client: httpx.AsyncClient, path: str, key: dict[str, str], mark: str = "k", **body: Any
) -> httpx.Response:
    return await client.post(f"/api/v1/{path}", json=body, headers={**key, "Idempotency-Key": mark})


async def test_every_staff_command_is_available_through_the_api(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/v1/openapi.json")).json()
    found = {
        notified["operationId"]: [each["name"] for each in notified.get("parameters", [])]
        for methods in described["paths"].values()
        for method, notified in methods.items()
        if method == "post"
    }
    assert set(COMMANDS) <= set(found)
    assert all(command.permission.ability for command in COMMANDS.values())
    assert found["grant"] == ["telegram_id", "Idempotency-Key"]
    assert found["extend"] == ["subscription_id", "Idempotency-Key"]
    assert found["refund"] == ["payment_id", "Idempotency-Key"]


async def test_staff_command_requires_a_key(client: httpx.AsyncClient) -> None:
    for command in COMMANDS.values():
        path = re.sub(r"{.+?}", "1", path_of(command))
        for key in ({}, {"Authorization": "Bearer wrong"}):
            answer = await client.post(path, json={}, headers={**key, "Idempotency-Key": "k"})
            assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), path


async def test_repair_of_an_access_through_the_api_reports_its_outcome(
    client: httpx.AsyncClient, site: Website, sale: Sale
) -> None:
    access = Access.request(sale.customer.id, sale.channel.id, site.container.core.clock().now())
    async with site.container.core.units()() as uow:
        await uow.accesses.save(access)
        await uow.commit()
    done = await post(client, f"accesses/{access.id}/repair", await key_for(site, Ability.OPERATE))
    assert (done.status_code, done.json()["outcome"]) == (200, "no_account"), done.text


async def test_plan_is_granted_idempotently(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    key, who = await key_for(site, Ability.CHANGE_ACCESS), sale.customer.telegram_id
    body = {"plan": "sportium", "days": 10, **WHY}
    first = await post(client, f"customers/{who}/grant", key, **body)
    again = await post(client, f"customers/{who}/grant", key, **body)

    assert (first.status_code, again.status_code) == (200, 200), first.text
    assert first.json() == again.json()
    assert first.json()["outcome"] == "granted"
    lines = await tables.rows(
        "SELECT actor, why, facts->>'days' AS days FROM audit_log WHERE action = 'customer.grant'"
    )
    assert lines == [{"actor": f"api:{Ability.CHANGE_ACCESS}", "why": "de bienvenida", "days": "10"}]
    other = await post(client, f"customers/{who}/grant", key, **{**body, "days": 11})
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")

    reads = await key_for(site, Ability.CUSTOMERS)
    access = await client.get(f"/api/v1/customers/{who}/access?plan=sportium", headers=reads)
    assert access.json() == {"entitled": True, "until": first.json()["facts"]["until"].replace("+00:00", "Z")}
    nothing = await client.get(f"/api/v1/customers/{who}/access?plan=bet365", headers=reads)
    assert nothing.json() == {"entitled": False, "until": None}
    card = (await client.get(f"/api/v1/customers/{who}", headers=reads)).json()
    assert {held["plan"]: held["status"] for held in card["subscriptions"]}["sportium"] == "active"
    for path in ("customers/99999", "customers/99999/access?plan=sportium", f"customers/{who}/access?plan=none"):
        missing = await client.get(f"/api/v1/{path}", headers=reads)
        assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"plan": "retabet", "days": 0, **WHY}, {"days"}),
        ({"plan": "retabet", "days": 3661, **WHY}, {"days"}),
        ({"plan": "no-such", "days": 1, **WHY}, {"plan"}),
        ({"plan": "retabet", "days": 1}, {"reason"}),
        ({"plan": "retabet", "days": 1, "reason": "x" * 501}, {"reason"}),
        ({"plan": "retabet", "days": True, **WHY}, {"days"}),
        ({"plan": ["retabet"], "days": {}, **WHY}, {"plan", "days"}),
        ({"plan": "retabet", "days": 1, "color": "red", **WHY}, {"color"}),
        ({}, {"plan", "days", "reason"}),
    ],
)
async def test_invalid_field_is_named_and_the_command_is_not_executed(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables, body: dict[str, Any], errors: set[str]
) -> None:
    key = await key_for(site, Ability.CHANGE_ACCESS)
    answer = await post(client, f"customers/{sale.customer.telegram_id}/grant", key, **body)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert set(answer.json()["errors"]) == errors
    assert await tables.rows("SELECT 1 FROM staff_operations") == []
    assert await tables.rows("SELECT 1 FROM audit_log WHERE action = 'customer.grant'") == []


async def test_key_can_run_only_the_commands_of_its_abilities_and_a_refusal_is_audited(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    notes, reads = await key_for(site, Ability.CHANGE_CUSTOMERS), await key_for(site, Ability.CUSTOMERS)
    who, subscription = sale.customer.telegram_id, sale.subscription.id
    assert (await post(client, f"customers/{who}/note", notes, note="llamó")).status_code == 200
    for key in (notes, reads):
        refused = await post(client, f"subscriptions/{subscription}/remove", key, **WHY)
        assert (refused.status_code, "change-access" in refused.json()["detail"]) == (403, True)
    assert (await post(client, f"customers/{who}/note", {}, note="llamó")).status_code == 401
    without = await client.post(f"/api/v1/customers/{who}/note", json={"note": "x"}, headers=notes)
    assert without.status_code == 400
    for path in ("subscriptions/nonsense/remove", f"subscriptions/{sale.customer.id}/remove", "customers/1/note"):
        assert (await post(client, path, notes, note="x")).status_code in {403, 404}
    lines = await tables.rows("SELECT actor, subject FROM audit_log WHERE action = 'staff.refused' LIMIT 1")
    assert lines == [{"actor": f"api:{Ability.CHANGE_CUSTOMERS}", "subject": "customer.remove"}]


async def test_subscription_is_suspended_restored_and_removed(
    client: httpx.AsyncClient, site: Website, sale: Sale
) -> None:
    key, about = await key_for(site, Ability.CHANGE_ACCESS), f"subscriptions/{sale.subscription.id}"
    outcomes = [
        (await post(client, f"{about}/{command}", key, command, **WHY)).json().get("outcome")
        for command in ("suspend", "restore", "remove")
    ]
    assert outcomes == ["suspended", "restored", "removed"]
    over = await post(client, f"{about}/extend", key, "more", days=3, **WHY)
    assert (over.status_code, "nothing was done" in over.json()["detail"]) == (409, True)


async def test_renewal_commands_are_queued_or_refused(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    key, about = await key_for(site, Ability.CHANGE_ACCESS), f"subscriptions/{sale.subscription.id}"
    for name in ("cancel", "pause"):
        refused = await post(client, f"{about}/{name}", key, name, **WHY)
        assert (refused.status_code, "no provider charges it" in refused.json()["detail"]) == (409, True)
    for name, refusal in (("undo", "renews_already"), ("resume", "not_paused")):
        assert (await post(client, f"{about}/{name}", key, name, **WHY)).json()["outcome"] == refusal
    await tables.rows("UPDATE subscriptions SET provider = 'stripe', provider_ref = 'sub_1'")

    first, again = [await post(client, f"{about}/cancel", key, "now", **WHY) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json()), first.text
    assert first.json()["outcome"] == "canceling"
    without = await post(client, f"{about}/cancel", key, "without")
    assert (without.status_code, set(without.json()["errors"])) == (422, {"reason"})
    assert (await tables.jobs()).count("core.change_renewals") == 1
    lines = await tables.rows("SELECT actor, why FROM audit_log WHERE action = 'customer.cancel'")
    assert lines == [{"actor": f"api:{Ability.CHANGE_ACCESS}", "why": WHY["reason"]}]


async def test_refund_is_requested_once_and_errors_are_named(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    key, path = await key_for(site, Ability.REFUND), f"payments/{sale.payment.id}/refund"
    by_hand = await post(client, path, key, "by hand", amount="1,50", **WHY)
    assert (by_hand.status_code, "gives nothing back" in by_hand.json()["detail"]) == (409, True)
    await tables.rows("UPDATE payments SET provider = 'stripe'")
    for amount in ("99999", "0", "-1", "1 USD", "todo", [1], True):
        wrong = await post(client, path, key, "wrong", amount=amount, **WHY)
        assert (wrong.status_code, set(wrong.json()["errors"])) == (422, {"amount"}), wrong.text
    assert (await post(client, path, await key_for(site, Ability.PAYMENTS), **WHY)).status_code == 403
    assert (await post(client, f"payments/{sale.customer.id}/refund", key, **WHY)).status_code == 404
    assert await tables.rows("SELECT 1 FROM staff_operations") == []

    first, again = [await post(client, path, key, amount="1,50", **WHY) for _ in range(2)]
    assert (first.status_code, first.json()) == (200, again.json())
    assert (first.json()["outcome"], first.json()["facts"]) == ("refunding", {"amount": "1.50 EUR"})
    (wish,) = await tables.rows(
        "SELECT actor, facts->>'minor' AS minor, facts->>'operation' AS operation FROM audit_log"
        f" WHERE subject = '{sale.payment.id}'"
    )
    assert (wish["actor"], wish["minor"]) == (f"api:{Ability.REFUND}", "150")
    (job,) = await tables.rows(
        "SELECT convert_from(payload, 'UTF8') AS asked FROM pgqueuer WHERE entrypoint = 'core.refund_payment'"
    )
    assert wish["operation"] in job["asked"]


async def test_unknown_path_is_answered_with_problem_details(client: httpx.AsyncClient, site: Website) -> None:
    key = await key_for(site, Ability.CUSTOMERS)
    for path in ("/api/v1/nonsense", "/api/v1/customers/1/nonsense"):
        answer = await client.post(path, headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_invalid_input_of_every_command_names_the_field_and_stores_nothing(
    client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    key, before = await key_for(site, *Ability), await written(tables)
    for command in COMMANDS.values():
        path = re.sub(r"{telegram_id}|{job}", "99999999", path_of(command)).removeprefix("/api/v1/")
        path = re.sub(r"{.+?}", "00000000-0000-4000-8000-000000000000", path)
        for wrong in ([], True, {}) if command.inputs else ():
            sent = {each.name: wrong for each in command.inputs}
            answer = await post(client, path, key, **sent)
            assert (answer.status_code, set(answer.json()["errors"])) == (422, set(sent)), (command.name, answer.text)
        for body in (b"[]", b"{", b'"x"', b"\xff"):
            answer = await client.post(f"/api/v1/{path}", content=body, headers={**key, "Idempotency-Key": "k"})
            assert (answer.status_code, list(answer.json()["errors"])) == (422, ["body"]), (command.name, body)
        if command.subject is not SubjectKind.SHOP and command.subject is not SubjectKind.JOB:
            answer = await post(client, path, key)
            assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), (command.name, answer.text)
        elif command.inputs:
            wanted = {each.name for each in command.inputs if each.default is None}
            answer = await post(client, path, key, no_such_field="x")
            assert set(answer.json()["errors"]) == wanted | {"no_such_field"}, (command.name, answer.text)
    assert await written(tables) == before


async def written(tables: Tables) -> list[dict[str, Any]]:
    """Return the numbers of rows that staff commands have written: audit entries, operations and jobs."""
    return await tables.rows(
        "SELECT (SELECT count(*) FROM audit_log) AS lines, (SELECT count(*) FROM staff_operations) AS commands,"
        " (SELECT count(*) FROM pgqueuer) AS jobs"
    )
