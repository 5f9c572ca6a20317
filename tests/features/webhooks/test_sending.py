"""Webhooks to the operator's programs: signed, retried until accepted, and disabled after permanent failure."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text

from features.webhooks.domain import BOTH_FOR, TRIED_FOR
from features.webhooks.ports import ENDPOINTS_KEY
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.events import (
    CancellationUndone,
    OrderExpired,
    PaymentReceived,
    PaymentRefunded,
    SubscriptionCanceled,
)
from subscriptions.domain.ids import CustomerId, new_uuid
from tests.features.webhooks.conftest import Teller
from tests.support.listener import Listener, ReceivedRequest

DUE = "SELECT key, due_at FROM due_jobs WHERE name = 'core.tell_receiver'"
STATES = "SELECT state, attempts, answer FROM outgoing_events ORDER BY happened_at, id"


def signature(secret: str, request: ReceivedRequest) -> str:
    """Return the signature of a request as the Standard Webhooks specification defines it, calculated without the
    library.
    """
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    mac = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return f"v1,{b64encode(mac).decode()}"


async def test_sale_is_sent_as_a_signed_webhook_with_the_fields_of_the_api(teller: Teller, listener: Listener) -> None:
    secret = await teller.endpoints.add(listener.url, "n8n", [])
    buyer, bought, paid = await teller.sell()
    jobs = await teller.rows("SELECT dedupe_key, entrypoint FROM pgqueuer WHERE entrypoint = 'core.tell_receiver'")
    assert len(jobs) == 1
    assert (await teller.round(), await teller.round()) == (1, 0)

    [request] = listener.requests
    assert request.head == "POST /hooks?from=umbral HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{listener.port}"
    # The endpoint compares the timestamp with its own clock; the clock of a demo may be years ahead.
    assert request.headers["webhook-timestamp"] == str(int(teller.machine.now().timestamp())) != "1772366400"
    assert request.headers["webhook-signature"] == signature(secret, request)
    said = json.loads(request.body)
    assert (said["type"], said["timestamp"]) == ("payment.received", "2026-03-01T12:00:00Z")
    assert said["data"]["customer"]["telegram_id"] == buyer.telegram_id
    assert said["data"]["subscription"]["id"] == str(bought.id)
    assert (said["data"]["payment"]["id"], said["data"]["payment"]["amount_minor"]) == (str(paid.id), 2999)
    kept = json.dumps(await teller.rows("SELECT * FROM receivers"), default=str)
    assert secret not in kept


async def test_event_that_the_endpoint_has_not_subscribed_to_is_not_sent(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", ["checkout.abandoned"])
    buyer, _, paid = await teller.sell()
    assert await teller.round() == 0
    async with teller.units() as uow:
        uow.record(OrderExpired(paid.order_id, CustomerId(buyer.id), paid.recorded_at))
        await uow.commit()
    assert await teller.round() == 1
    assert json.loads(listener.requests[0].body)["data"]["order"] == str(paid.order_id)


@pytest.mark.parametrize(
    ("status", "more", "answer"),
    [
        (500, "", "answered 500"),
        (302, "location: http://127.0.0.1:1/\r\n", "answered 302; redirects are not followed"),
    ],
    ids=["fails", "redirects"],
)
async def test_refused_event_is_sent_again_unchanged(
    teller: Teller, listener: Listener, status: int, more: str, answer: str
) -> None:
    listener.status, listener.more = status, more
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell()
    assert await teller.round() == 0
    assert await teller.rows(STATES) == [{"state": "waiting", "attempts": 1, "answer": answer}]
    [due] = await teller.rows(DUE)
    assert due["due_at"] == teller.clock.now() + timedelta(seconds=5)
    # Nothing is sent before the retry is due.
    assert await teller.round() == 0
    assert len(listener.requests) == 1

    listener.status, listener.more = 200, ""
    for clock in (teller.clock, teller.machine):
        clock.advance(timedelta(seconds=5))
    assert await teller.round() == 1
    first, second = listener.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize("patience_s", [0.2])
async def test_all_events_for_a_hanging_endpoint_time_out(teller: Teller, listener: Listener) -> None:
    listener.status = 0
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell(5)
    assert await teller.round() == 0
    assert [row["answer"] for row in await teller.rows(STATES)] == ["no answer within 0.2 seconds"] * 5


# A timeout so long that all three rounds start before the first times out, on a slow machine too.
@pytest.mark.parametrize("patience_s", [8.0])
async def test_concurrent_timeouts_of_an_endpoint_count_as_one_failure(teller: Teller, listener: Listener) -> None:
    listener.status = 0
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell(30)
    assert await asyncio.gather(*(teller.round() for _ in range(3))) == [0, 0, 0]
    assert len(listener.requests) == 30
    endpoint = await teller.endpoints.named("n8n")
    assert (endpoint.failures, endpoint.rests_until) == (1, teller.clock.now() + timedelta(seconds=5))


async def test_failing_endpoint_gets_no_second_attempt_while_an_attempt_is_in_progress(
    teller: Teller, listener: Listener
) -> None:
    listener.status = 503
    await teller.endpoints.add(listener.url, "n8n", [])
    endpoint = await teller.endpoints.named("n8n")
    await teller.sell(3)
    await teller.round()
    teller.clock.advance(timedelta(minutes=1))
    now = teller.clock.now()
    under_way = await teller.outbox.claim(endpoint.id, now, now + timedelta(minutes=2), 10)
    assert under_way is not None
    assert len(under_way.events) == 1
    await teller.sell()
    assert (await teller.round(), len(listener.requests)) == (0, 3)
    assert (await teller.rows(DUE))[-1]["due_at"] <= now + timedelta(minutes=2)
    # The worker of this attempt was killed.
    listener.status = 200
    teller.clock.advance(timedelta(minutes=2))
    assert (await teller.round(), await teller.round()) == (1, 3)


async def test_event_is_recorded_while_its_customer_is_locked(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    buyer, _, paid = await teller.sell()
    async with teller.units() as elsewhere:
        assert await elsewhere.customers.by_telegram_id(buyer.telegram_id, lock=True)
        # A holder of the subscription that waits here for the customer would deadlock with a payment that waits for
        # both.
        async with asyncio.timeout(90), teller.units() as uow:
            uow.record(OrderExpired(paid.order_id, buyer.id, paid.recorded_at))
            await uow.commit()
    assert len(await teller.rows(STATES)) == 2


async def test_removed_endpoint_deletes_its_events(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell(5)
    await teller.endpoints.act("remove_endpoint", "n8n")
    assert (await teller.rows(STATES), await teller.endpoints.all()) == ([], [])


async def test_failing_endpoint_gets_one_event_at_a_time_and_all_others_after_a_success(
    teller: Teller, listener: Listener
) -> None:
    listener.status = 503
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell(5)
    await teller.round()
    teller.clock.advance(timedelta(seconds=5))
    await teller.round()
    assert len(listener.requests) == 6
    listener.status = 200
    teller.clock.advance(timedelta(minutes=2))
    assert (await teller.round(), await teller.round()) == (1, 4)
    assert len({request.headers["webhook-id"] for request in listener.requests}) == 5


async def test_domain_event_recorded_twice_creates_one_webhook_event(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    buyer, bought, paid = await teller.sell()
    refund_id = new_uuid()
    for _ in range(3):
        teller.clock.advance(timedelta(seconds=1))
        async with teller.units() as uow:
            for _ in range(2):
                uow.record(PaymentReceived(paid.id, bought.id, buyer.id, is_renewal=False))
                uow.record(PaymentRefunded(refund_id, buyer.id))
            await uow.commit()
    kinds = "SELECT kind FROM outgoing_events ORDER BY happened_at"
    assert [row["kind"] for row in await teller.rows(kinds)] == ["payment.received", "payment.refunded"]
    # A fact that may recur is one event for each occurrence.
    for _ in range(2):
        teller.clock.advance(timedelta(days=1))
        async with teller.units() as uow:
            uow.record(SubscriptionCanceled(bought.id, buyer.id, teller.clock.now(), teller.clock.now()))
            uow.record(CancellationUndone(bought.id, buyer.id, teller.clock.now()))
            await uow.commit()
    later = [row["kind"] for row in await teller.rows(kinds)][2:]
    assert later == ["subscription.canceled", "subscription.kept"] * 2


async def test_events_of_a_customer_are_in_order_after_an_outage(teller: Teller, listener: Listener) -> None:
    listener.status = 503
    await teller.endpoints.add(listener.url, "n8n", [])
    buyer, bought, _ = await teller.sell()
    now = teller.clock.now()
    canceled = SubscriptionCanceled(bought.id, buyer.id, now, now)
    for event in (canceled, CancellationUndone(bought.id, buyer.id, now)):
        await teller.round()
        teller.clock.advance(timedelta(seconds=40))
        async with teller.units() as uow:
            uow.record(event)
            await uow.commit()
    await teller.sell()
    listener.status = 200
    request_count = len(listener.requests)
    for _ in range(4):
        teller.clock.advance(timedelta(minutes=10))
        await teller.round()
    said = [json.loads(each.body) for each in listener.requests[request_count:]]
    of_buyer = [each["type"] for each in said if each["data"]["customer"]["telegram_id"] == buyer.telegram_id]
    assert of_buyer == ["payment.received", "subscription.canceled", "subscription.kept"]
    assert len(said) == 4
    assert await teller.rows("SELECT id FROM outgoing_events WHERE state = 'waiting'") == []


async def test_event_claimed_by_a_killed_worker_is_sent_again(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    endpoint = await teller.endpoints.named("n8n")
    await teller.sell()
    now = teller.clock.now()
    assert await teller.outbox.claim(endpoint.id, now, now + timedelta(minutes=2), 10)
    assert await teller.round() == 0
    [due] = await teller.rows(DUE)
    teller.clock.advance(timedelta(minutes=2))
    assert (due["due_at"], await teller.round()) == (teller.clock.now(), 1)


async def test_endpoint_that_fails_for_days_is_disabled_with_an_alarm(teller: Teller, listener: Listener) -> None:
    listener.status = 500
    secret = await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell()
    began = teller.clock.now()
    while (await teller.endpoints.named("n8n")).off_since is None:
        assert teller.clock.now() - began < TRIED_FOR + timedelta(hours=9)
        await teller.round()
        teller.clock.advance(timedelta(hours=8))
    alarm = "SELECT kind, facts->>'receiver' AS receiver FROM alarms WHERE closed_at IS NULL"
    assert await teller.rows(alarm) == [{"kind": "webhook_receiver_off", "receiver": "n8n"}]
    async with teller.engine.begin() as connection:
        await connection.execute(text("DELETE FROM pgqueuer"))
    await teller.sell()
    assert len(await teller.rows(STATES)) == 2
    assert await teller.rows("SELECT id FROM pgqueuer WHERE entrypoint = 'core.tell_receiver'") == []
    assert await teller.round() == 0

    listener.status, asked = 200, len(listener.requests)
    await teller.endpoints.act("resume_endpoint", "n8n")
    assert await teller.rows(alarm) == []
    await teller.endpoints.replay("n8n", began, with_delivered=False)
    assert (await teller.round(), len(listener.requests)) == (2, asked + 2)
    reported = [request.headers["webhook-id"] for request in listener.requests]
    assert reported[0] in reported[asked:]
    assert len(set(reported)) == 2
    assert listener.requests[-1].headers["webhook-signature"] == signature(secret, listener.requests[-1])


async def test_endpoint_that_answers_http_410_gone_is_disabled(teller: Teller, listener: Listener) -> None:
    listener.status = 410
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell()
    await teller.round()
    assert (await teller.endpoints.named("n8n")).off_reason == "gone"


async def test_webhooks_are_signed_with_both_secrets_for_a_day_after_a_rotation(
    teller: Teller, listener: Listener
) -> None:
    first = await teller.endpoints.add(listener.url, "n8n", [])
    second = await teller.endpoints.rotate("n8n")
    for expected in ([second, first], [second]):
        await teller.sell()
        await teller.round()
        request = listener.requests[-1]
        assert request.headers["webhook-signature"].split() == [signature(secret, request) for secret in expected]
        teller.clock.advance(BOTH_FOR)


async def test_sent_event_is_replayed_on_request(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    await teller.sell()
    await teller.round()
    since = teller.clock.now() - timedelta(days=1)
    assert await teller.endpoints.replay("n8n", since, with_delivered=False) == 0
    assert await teller.endpoints.replay("n8n", since, with_delivered=True) == 1
    assert await teller.round() == 1
    assert len({request.headers["webhook-id"] for request in listener.requests}) == 1
    assert [event.attempts for event in await teller.endpoints.newest("n8n")] == [1]


async def test_refusal_of_an_invalid_endpoint_names_the_field(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    for url, name, kinds, field in (
        ("https://example.com/", "n8n", [], "endpoint_name"),
        ("https://example.com/", "a\nb", [], "endpoint_name"),
        ("https://example.com/", "other", ["payment.everything"], "events"),
        ("ftp://example.com/", "other", [], "url"),
        ("https://10.0.0.1/", "other", [], "url"),
    ):
        with pytest.raises(InputsRefused) as refused:
            await teller.endpoints.add(url, name, kinds)
        assert set(refused.value.errors) == {field}
    await teller.endpoints.act("remove_endpoint", "n8n")
    assert await teller.endpoints.all() == []


async def test_endpoint_with_an_undecryptable_secret_is_disabled_at_once(teller: Teller, listener: Listener) -> None:
    await teller.endpoints.add(listener.url, "n8n", [])
    async with teller.units() as uow:
        endpoint = await teller.endpoints.named("n8n")
        endpoint.secret = "sealed with another key"
        await uow.of(ENDPOINTS_KEY).save(endpoint)
        await uow.commit()
    await teller.sell()
    assert (await teller.round(), listener.requests) == (0, [])
    assert (await teller.endpoints.named("n8n")).off_reason == "secret"
    await teller.endpoints.rotate("n8n")
    await teller.endpoints.act("resume_endpoint", "n8n")
    assert await teller.round() == 1


async def test_test_event_is_sent_regardless_of_subscriptions_and_the_delivery_can_be_repeated(
    teller: Teller, listener: Listener
) -> None:
    await teller.endpoints.add(listener.url, "n8n", ["checkout.abandoned"])
    await teller.endpoints.act("test_endpoint", "n8n")
    assert await teller.round() == 1
    (event,) = await teller.endpoints.newest("n8n")
    assert json.loads(listener.requests[0].body)["data"]["endpoint"] == "n8n"
    await teller.endpoints.act("repeat_delivery", listener.requests[0].headers["webhook-id"])
    assert await teller.round() == 1
    assert [each.headers["webhook-id"] for each in listener.requests] == [f"msg_{event.id.hex}"] * 2
