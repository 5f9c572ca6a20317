"""Staff commands about plans, payment methods and alarms, run by the operator's programs."""

from __future__ import annotations

from uuid import uuid4

import httpx

from subscriptions.domain.entities.alarm import NO_PERSON, Alarm
from subscriptions.domain.entities.api_key import Ability
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.api_client import key_for
from tests.support.website import Website


async def post(client: httpx.AsyncClient, path: str, key: dict[str, str]) -> httpx.Response:
    return await client.post(f"/api/v1/{path}", headers={**key, "Idempotency-Key": str(uuid4())})


async def test_api_client_changes_plans_and_payment_methods(
    client: httpx.AsyncClient, site: Website, sale: Sale, tables: Tables
) -> None:
    key, other = await key_for(site, Ability.CHANGE_OFFER), await key_for(site, Ability.OPERATE)
    steps = (
        ("payment-methods/stripe/hide", "hidden"),
        ("payment-methods/stripe/show", "shown"),
        (f"plans/{sale.plan.soft_id}/withdraw", "withdrawn"),
        (f"plans/{sale.plan.id}/activate", "activated"),
        (f"plans/{sale.plan.soft_id}/refuse-codes", "refused"),
        (f"plans/{sale.plan.soft_id}/honour-codes", "honoured"),
    )
    for path, outcome in steps:
        assert (await post(client, path, other)).status_code == 403
        done = await post(client, path, key)
        assert (done.status_code, done.json()["outcome"]) == (200, outcome), done.text
        again = await post(client, path, key)
        assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json"), again.text
    used = await post(client, f"plans/{sale.plan.id}/delete", key)
    assert (used.status_code, used.json()["outcome"]) == (200, "in_use")
    for path in (
        "payment-methods/paypal/show",
        "plans/nothing/withdraw",
    ):
        assert (await post(client, path, key)).status_code == 404
    lines = await tables.rows(
        "SELECT actor, action FROM audit_log WHERE action <> 'staff.refused' AND actor <> 'operator' ORDER BY id"
    )
    assert [(line["actor"], line["action"]) for line in lines] == [
        (f"api:{Ability.CHANGE_OFFER}", action)
        for action in (
            *("payment_method.arrange", "payment_method.arrange", "plan.switched_off", "plan.switched_on"),
            *("plan.tokens", "plan.tokens"),
        )
    ]


async def test_api_client_closes_an_alarm_and_starts_a_reconciliation(
    client: httpx.AsyncClient, site: Website, tables: Tables
) -> None:
    alarm = Alarm.begin("overpaid:1", "overpaid", {"accounts": "2"}, site.container.core.clock().now())
    async with site.container.core.units()() as uow:
        await uow.alarms.add_if_new(alarm)
        await uow.commit()
    key, other = await key_for(site, Ability.OPERATE), await key_for(site, Ability.CHANGE_OFFER)
    for path, outcome in ((f"alarms/{alarm.id}/settle", "settled"), ("reconcile", "started")):
        assert (await post(client, path, other)).status_code == 403
        done = await post(client, path, key)
        assert (done.status_code, done.json()["outcome"]) == (200, outcome), done.text
    assert (await post(client, f"alarms/{alarm.id}/settle", key)).status_code == 409
    assert (await post(client, f"alarms/{uuid4()}/settle", key)).status_code == 404
    assert (await post(client, "alarms/7/settle", key)).status_code == 404
    assert (await tables.jobs()).count("core.reconcile") == 1
    [closed] = await tables.rows("SELECT closed_by FROM alarms")
    assert closed["closed_by"] == NO_PERSON
