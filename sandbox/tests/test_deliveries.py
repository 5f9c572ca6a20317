"""Webhook deliveries: signed, retried, durable, with injected faults."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.support.stripe_sandbox import SECRET, Shop, running_shop
from umbral_sandbox.payments.webhooks import GIVE_UP, QUICK_TRIES, Attempt, Delivery, Patience, pause_after


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def deliveries(shop: Shop, event_type: str) -> list[dict[str, Any]]:
    found = (await shop.control("GET", "deliveries"))["deliveries"]
    return [each for each in found if each["type"] == event_type]


async def fault(shop: Shop, **values: Any) -> None:
    await shop.control("PUT", "faults", [{"on": "webhooks", **values}])


async def pay(shop: Shop, **order: str) -> str:
    session = await shop.checkout()
    await shop.control("POST", f"checkouts/{session.id}/pay", order or None)
    return session.id


async def test_refused_webhook_is_repeated_within_seconds(shop: Shop) -> None:
    shop.receiver.status = 503
    await pay(shop)
    await shop.received("invoice.paid", 2)
    shop.receiver.status = 200
    count = len(shop.receiver.of("invoice.paid"))
    await shop.received("invoice.paid", count + 1)
    ids = {each["id"] for each in shop.receiver.of("invoice.paid")}
    assert len(ids) == 1
    await shop.until(lambda: all(each.state == "delivered" for each in shop.payments.deliveries.all()))
    [delivery] = await deliveries(shop, "invoice.paid")
    assert [each["status"] for each in delivery["attempts"]][-1] == 200
    assert delivery["attempts"][0]["status"] == 503
    # Each attempt has its own signature; the body is unchanged.
    bodies = {body for body in shop.receiver.bodies if b'"invoice.paid"' in body}
    assert len(bodies) == 1


async def test_retry_intervals_grow_after_the_quick_attempts() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 5, QUICK_TRIES)] == [1, 2, 5, 5]
    assert pause_after(QUICK_TRIES + 1).total_seconds() == 300
    assert pause_after(QUICK_TRIES + 99).total_seconds() == 12 * 3600
    assert GIVE_UP.days == 3


async def test_provider_can_have_its_own_retry_intervals() -> None:
    short = Patience(quick_tries=2, later=(timedelta(minutes=1), timedelta(minutes=9)))
    assert [pause_after(n, short).total_seconds() for n in (1, 2, 3, 4, 5)] == [1, 2, 60, 540, 540]


@pytest.mark.parametrize(("status", "state", "tries"), [(500, "failed", 3), (503, "waiting", 3), (None, "waiting", 3)])
async def test_webhook_delivery_fails_after_the_provider_specific_number_of_refusals(
    status: int | None, state: str, tries: int
) -> None:
    counting = Patience(later=(timedelta(minutes=1), timedelta(hours=1)), refusals=tries)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    delivery = Delivery(id=1, provider="one", endpoint="e", url="u", event="1", type="t", body="", created=now, due=now)
    waits = []
    for _ in range(tries):
        delivery.record([Attempt(at=now, headers={}, status=status)], now, counting)
        waits.append((delivery.due - now).total_seconds())
    assert delivery.state == state
    assert waits[:2] == ([60, 3600] if status == 500 else [1, 2])


async def test_delivery_fails_after_three_days_of_refusals(shop: Shop) -> None:
    shop.receiver.status = 503
    await pay(shop)
    await shop.received("invoice.paid", 1)
    await shop.until(lambda: all(each.tries for each in shop.payments.deliveries.all()))
    await shop.advance(days=9)
    shop.receiver.status = 200
    await shop.until(lambda: {each.state for each in shop.payments.deliveries.all()} == {"failed"})
    assert all(each.attempts[-1].status == 503 for each in shop.payments.deliveries.all())
    [delivery] = await deliveries(shop, "invoice.paid")
    assert (await shop.control("POST", f"deliveries/{delivery['id']}/again"))["attempts"][-1]["status"] == 200


async def test_delivery_never_attempted_is_not_overdue(shop: Shop) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    late = Delivery(id=1, provider="one", endpoint="e", url="u", event="1", type="t", body="", created=now, due=now)
    assert not late.overdue(now + timedelta(days=9), Patience())
    late.record([Attempt(at=now, headers={}, status=500)], now + timedelta(days=9), Patience())
    assert late.state == "waiting"


async def test_signature_inside_the_body_is_renewed_at_each_attempt(shop: Shop) -> None:
    deliveries = shop.payments.deliveries
    deliveries.sign_with("inside", lambda *_: {}, lambda endpoint, body: f"{body} by {endpoint.secret}")
    endpoint = deliveries.set_webhook_endpoint("inside", shop.receiver.url, "abc")
    await fault(shop, do="forge", times=1)
    shop.receiver.status = 503
    deliveries.enqueue(endpoint, "1", "news", "told")
    await shop.until(lambda: len(shop.receiver.bodies) >= 2)
    assert shop.receiver.bodies[:2] == [b"told by cbaforged", b"told by abc"]


async def test_duplicate_fault_sends_a_webhook_the_given_number_of_times(shop: Shop) -> None:
    await fault(shop, do="duplicate", n=20, method="invoice.paid")
    await pay(shop)
    events = await shop.received("invoice.paid", 20)
    assert len({each["id"] for each in events}) == 1
    # An attempt is recorded after its answer.
    [delivery] = [each for each in shop.payments.deliveries.all() if each.type == "invoice.paid"]
    await shop.until(lambda: len(delivery.attempts) == 20)


async def test_reordered_webhooks_are_sent_in_reverse_order(shop: Shop) -> None:
    await fault(shop, do="reorder")
    await pay(shop)
    await shop.received("customer.created")
    await shop.until(lambda: len(shop.receiver.verified()) == 4)
    created = [each.event for each in shop.payments.deliveries.all()]
    assert [each["id"] for each in shop.receiver.verified()] == created[::-1]


async def test_delayed_webhook_is_sent_after_the_other_webhooks(shop: Shop) -> None:
    await fault(shop, do="delay", seconds=4, times=1, method="customer.created")
    await pay(shop)
    await shop.received("customer.created")
    assert shop.receiver.verified()[-1]["type"] == "customer.created"


@pytest.mark.parametrize("do", ["forge", "truncate", "drop"])
async def test_forged_truncated_or_dropped_webhook_is_followed_by_a_correct_webhook(shop: Shop, do: str) -> None:
    shop.receiver.status = 400 if do != "drop" else 200
    await fault(shop, do=do, times=1, method="invoice.paid")
    await pay(shop)
    await shop.until(lambda: any(each.tries for each in shop.payments.deliveries.all() if each.type == "invoice.paid"))
    shop.receiver.status = 200
    await shop.received("invoice.paid")
    [delivery] = await deliveries(shop, "invoice.paid")
    assert delivery["attempts"][0]["fault"] == do
    if do != "drop":
        spoiled = len(shop.receiver.bodies) - len(shop.receiver.verified())
        assert spoiled == 1


async def test_webhooks_of_a_payment_can_be_sent_before_or_after_the_call_returns_or_not_at_all(shop: Shop) -> None:
    first = await pay(shop, webhooks="before")
    assert [each["data"]["object"]["id"] for each in shop.receiver.of("checkout.session.completed")] == [first]
    second = await pay(shop, webhooks="after")
    assert len(shop.receiver.of("checkout.session.completed")) == 1
    events = await shop.received("checkout.session.completed", 2)
    assert events[1]["data"]["object"]["id"] == second
    count = len(shop.payments.deliveries.all())
    third = await pay(shop, webhooks="never")
    assert len(shop.payments.deliveries.all()) == count
    listed = await shop.client.v1.events.list_async({"type": "checkout.session.completed"})
    assert [each.data.object["id"] for each in listed.data] == [third, second, first]


async def test_webhook_can_be_sent_again(shop: Shop) -> None:
    await pay(shop)
    await shop.received("invoice.paid")
    await shop.until(lambda: all(each.state == "delivered" for each in shop.payments.deliveries.all()))
    [delivery] = await deliveries(shop, "invoice.paid")
    again = await shop.control("POST", f"deliveries/{delivery['id']}/again")
    assert [each["status"] for each in again["attempts"]] == [200, 200]
    assert len(shop.receiver.of("invoice.paid")) == 2
    whole = await shop.control("GET", f"deliveries/{delivery['id']}")
    assert whole["json_body"]["type"] == "invoice.paid"
    assert SECRET not in str(whole)
    await shop.control("POST", "deliveries/999/again", status=404)


async def test_undelivered_webhook_survives_a_restart(tmp_path: Path) -> None:
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        shop.receiver.status = 500
        await pay(shop)
        await shop.received("invoice.paid")
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        [event] = await shop.received("invoice.paid")
        found = await shop.client.v1.events.retrieve_async(event["id"])
        assert found.type == "invoice.paid"


async def test_secrets_can_be_rolled_and_endpoints_created_by_the_api(shop: Shop) -> None:
    made = await shop.client.v1.webhook_endpoints.create_async(
        {"url": shop.receiver.url, "enabled_events": ["invoice.paid"], "api_version": "2024-06-20"}
    )
    assert made.secret is not None
    await shop.control(
        "POST", "providers/stripe", {"webhook_url": shop.receiver.url, "webhook_secret": f"whsec_older {SECRET}"}
    )
    await pay(shop)
    [event] = await shop.received("invoice.paid")
    assert event["api_version"] == "2026-10-28.endive"
    await shop.until(lambda: len([body for body in shop.receiver.bodies if b'"invoice.paid"' in body]) == 2)
    for body, headers in zip(shop.receiver.bodies, shop.receiver.headers, strict=True):
        if b"2024-06-20" in body:
            assert stripe.WebhookSignature.verify_header(body.decode(), headers["stripe-signature"], made.secret, None)
    listed = await shop.client.v1.webhook_endpoints.list_async()
    assert all(each.secret is None for each in listed.data if "secret" in each)
