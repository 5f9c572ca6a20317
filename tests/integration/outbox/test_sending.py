"""The operator's own programs are told what happens: signed, until they took it, and switched off if they never do."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text

from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.outgoing import BOTH_FOR, TRIED_FOR
from subscriptions.domain.events import (
    CancellationUndone,
    OrderExpired,
    PaymentReceived,
    PaymentRefunded,
    SubscriptionCanceled,
)
from subscriptions.domain.ids import CustomerId, new_uuid
from subscriptions.domain.ports.repositories.receivers import RECEIVERS_KEY
from tests.integration.outbox.conftest import Teller
from tests.support.listener import Heard, Listener

DUE = "SELECT key, due_at FROM due_jobs WHERE name = 'core.tell_receiver'"
STATES = "SELECT state, attempts, answer FROM outgoing_events ORDER BY happened_at, id"


def signature(secret: str, heard: Heard) -> str:
    """By the words of the specification, apart from its library."""
    signed = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    mac = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return f"v1,{b64encode(mac).decode()}"


async def test_a_sale_is_told_signed_with_what_the_api_shows(teller: Teller, listener: Listener) -> None:
    secret = await teller.receivers.add(listener.url, "n8n", [])
    buyer, bought, paid = await teller.sell()
    jobs = await teller.rows("SELECT dedupe_key, entrypoint FROM pgqueuer WHERE entrypoint = 'core.tell_receiver'")
    assert len(jobs) == 1
    assert (await teller.round(), await teller.round()) == (1, 0)

    [heard] = listener.heard
    assert heard.head == "POST /hooks?from=umbral HTTP/1.1"
    assert heard.headers["host"] == f"127.0.0.1:{listener.port}"
    # What its receiver holds against its own clock; a demo's may be years ahead.
    assert heard.headers["webhook-timestamp"] == str(int(teller.machine.now().timestamp())) != "1772366400"
    assert heard.headers["webhook-signature"] == signature(secret, heard)
    said = json.loads(heard.body)
    assert (said["type"], said["timestamp"]) == ("payment.received", "2026-03-01T12:00:00Z")
    assert said["data"]["customer"]["telegram_id"] == buyer.telegram_id
    assert said["data"]["subscription"]["id"] == str(bought.id)
    assert (said["data"]["payment"]["id"], said["data"]["payment"]["amount_minor"]) == (str(paid.id), 2999)
    kept = json.dumps(await teller.rows("SELECT * FROM receivers"), default=str)
    assert secret not in kept


async def test_nobody_is_told_what_they_did_not_ask_for(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", ["checkout.abandoned"])
    buyer, _, paid = await teller.sell()
    assert await teller.round() == 0
    async with teller.units() as uow:
        uow.record(OrderExpired(paid.order_id, CustomerId(buyer.id), paid.recorded_at))
        await uow.commit()
    assert await teller.round() == 1
    assert json.loads(listener.heard[0].body)["data"]["order"] == str(paid.order_id)


@pytest.mark.parametrize(
    ("status", "more", "answer"),
    [
        (500, "", "answered 500"),
        (302, "location: http://127.0.0.1:1/\r\n", "answered 302; redirects are not followed"),
    ],
    ids=["fails", "redirects"],
)
async def test_what_was_not_taken_is_sent_again_the_same(
    teller: Teller, listener: Listener, status: int, more: str, answer: str
) -> None:
    listener.status, listener.more = status, more
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell()
    assert await teller.round() == 0
    assert await teller.rows(STATES) == [{"state": "waiting", "attempts": 1, "answer": answer}]
    [due] = await teller.rows(DUE)
    assert due["due_at"] == teller.clock.now() + timedelta(seconds=5)
    # Asked too early nothing is sent.
    assert await teller.round() == 0
    assert len(listener.heard) == 1

    listener.status, listener.more = 200, ""
    for clock in (teller.clock, teller.machine):
        clock.advance(timedelta(seconds=5))
    assert await teller.round() == 1
    first, second = listener.heard
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize("patience_s", [0.2])
async def test_one_that_hangs_holds_nobody_up(teller: Teller, listener: Listener) -> None:
    listener.status = 0
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell(5)
    assert await teller.round() == 0
    assert [row["answer"] for row in await teller.rows(STATES)] == ["no answer within 0.2 seconds"] * 5


# So long that all three have begun before the first gives up, on a slow machine too.
@pytest.mark.parametrize("patience_s", [8.0])
async def test_rounds_that_hang_side_by_side_are_one_failure(teller: Teller, listener: Listener) -> None:
    listener.status = 0
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell(30)
    assert await asyncio.gather(*(teller.round() for _ in range(3))) == [0, 0, 0]
    assert len(listener.heard) == 30
    receiver = await teller.receivers.named("n8n")
    assert (receiver.failures, receiver.rests_until) == (1, teller.clock.now() + timedelta(seconds=5))


async def test_one_that_fails_is_not_tried_again_while_a_try_is_under_way(teller: Teller, listener: Listener) -> None:
    listener.status = 503
    await teller.receivers.add(listener.url, "n8n", [])
    receiver = await teller.receivers.named("n8n")
    await teller.sell(3)
    await teller.round()
    teller.clock.advance(timedelta(minutes=1))
    now = teller.clock.now()
    under_way = await teller.outbox.claim(receiver.id, now, now + timedelta(minutes=2), 10)
    assert under_way is not None
    assert len(under_way.events) == 1
    await teller.sell()
    assert (await teller.round(), len(listener.heard)) == (0, 3)
    assert (await teller.rows(DUE))[-1]["due_at"] <= now + timedelta(minutes=2)
    # Who tried it was killed.
    listener.status = 200
    teller.clock.advance(timedelta(minutes=2))
    assert (await teller.round(), await teller.round()) == (1, 3)


async def test_what_happens_is_written_while_another_holds_its_customer(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    buyer, _, paid = await teller.sell()
    async with teller.units() as elsewhere:
        assert await elsewhere.customers.by_telegram_id(buyer.telegram_id, lock=True)
        # Who holds the subscription and waits here for the customer waits for ever, where a payment waits for both.
        async with asyncio.timeout(90), teller.units() as uow:
            uow.record(OrderExpired(paid.order_id, buyer.id, paid.recorded_at))
            await uow.commit()
    assert len(await teller.rows(STATES)) == 2


async def test_one_that_is_removed_takes_what_it_was_told_with_it(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell(5)
    await teller.receivers.act("remove_endpoint", "n8n")
    assert (await teller.rows(STATES), await teller.receivers.all()) == ([], [])


async def test_one_that_fails_gets_one_event_at_a_time_and_all_once_it_works(
    teller: Teller, listener: Listener
) -> None:
    listener.status = 503
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell(5)
    await teller.round()
    teller.clock.advance(timedelta(seconds=5))
    await teller.round()
    assert len(listener.heard) == 6
    listener.status = 200
    teller.clock.advance(timedelta(minutes=2))
    assert (await teller.round(), await teller.round()) == (1, 4)
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 5


async def test_one_fact_is_one_event_however_often_it_is_recorded(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
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
    # What may happen again is one event for each time that it does.
    for _ in range(2):
        teller.clock.advance(timedelta(days=1))
        async with teller.units() as uow:
            uow.record(SubscriptionCanceled(bought.id, buyer.id, teller.clock.now(), teller.clock.now()))
            uow.record(CancellationUndone(bought.id, buyer.id, teller.clock.now()))
            await uow.commit()
    later = [row["kind"] for row in await teller.rows(kinds)][2:]
    assert later == ["subscription.canceled", "subscription.kept"] * 2


async def test_after_an_outage_a_customers_events_come_in_their_order(teller: Teller, listener: Listener) -> None:
    listener.status = 503
    await teller.receivers.add(listener.url, "n8n", [])
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
    heard = len(listener.heard)
    for _ in range(4):
        teller.clock.advance(timedelta(minutes=10))
        await teller.round()
    said = [json.loads(each.body) for each in listener.heard[heard:]]
    of_buyer = [each["type"] for each in said if each["data"]["customer"]["telegram_id"] == buyer.telegram_id]
    assert of_buyer == ["payment.received", "subscription.canceled", "subscription.kept"]
    assert len(said) == 4
    assert await teller.rows("SELECT id FROM outgoing_events WHERE state = 'waiting'") == []


async def test_what_a_killed_worker_held_is_sent_again(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    receiver = await teller.receivers.named("n8n")
    await teller.sell()
    now = teller.clock.now()
    assert await teller.outbox.claim(receiver.id, now, now + timedelta(minutes=2), 10)
    assert await teller.round() == 0
    [due] = await teller.rows(DUE)
    teller.clock.advance(timedelta(minutes=2))
    assert (due["due_at"], await teller.round()) == (teller.clock.now(), 1)


async def test_one_that_fails_for_days_is_switched_off_with_an_alarm_and_misses_nothing(
    teller: Teller, listener: Listener
) -> None:
    listener.status = 500
    secret = await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell()
    began = teller.clock.now()
    while (await teller.receivers.named("n8n")).off_since is None:
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

    listener.status, asked = 200, len(listener.heard)
    await teller.receivers.act("resume_endpoint", "n8n")
    assert await teller.rows(alarm) == []
    await teller.receivers.replay("n8n", began, told_too=False)
    assert (await teller.round(), len(listener.heard)) == (2, asked + 2)
    told = [heard.headers["webhook-id"] for heard in listener.heard]
    assert told[0] in told[asked:]
    assert len(set(told)) == 2
    assert listener.heard[-1].headers["webhook-signature"] == signature(secret, listener.heard[-1])


async def test_who_answers_that_it_is_gone_is_told_nothing_more(teller: Teller, listener: Listener) -> None:
    listener.status = 410
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell()
    await teller.round()
    assert (await teller.receivers.named("n8n")).off_reason == "gone"


async def test_after_a_new_secret_both_sign_for_a_day(teller: Teller, listener: Listener) -> None:
    first = await teller.receivers.add(listener.url, "n8n", [])
    second = await teller.receivers.rotate("n8n")
    for expected in ([second, first], [second]):
        await teller.sell()
        await teller.round()
        heard = listener.heard[-1]
        assert heard.headers["webhook-signature"].split() == [signature(secret, heard) for secret in expected]
        teller.clock.advance(BOTH_FOR)


async def test_what_was_told_is_told_again_when_asked(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    await teller.sell()
    await teller.round()
    since = teller.clock.now() - timedelta(days=1)
    assert await teller.receivers.replay("n8n", since, told_too=False) == 0
    assert await teller.receivers.replay("n8n", since, told_too=True) == 1
    assert await teller.round() == 1
    assert len({heard.headers["webhook-id"] for heard in listener.heard}) == 1
    assert [event.attempts for event in await teller.receivers.newest("n8n")] == [1]


async def test_a_wrong_receiver_is_refused_with_the_field(teller: Teller, listener: Listener) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    for url, name, kinds, field in (
        ("https://example.com/", "n8n", [], "endpoint_name"),
        ("https://example.com/", "a\nb", [], "endpoint_name"),
        ("https://example.com/", "other", ["payment.everything"], "events"),
        ("ftp://example.com/", "other", [], "url"),
        ("https://10.0.0.1/", "other", [], "url"),
    ):
        with pytest.raises(InputsRefused) as refused:
            await teller.receivers.add(url, name, kinds)
        assert set(refused.value.errors) == {field}
    await teller.receivers.act("remove_endpoint", "n8n")
    assert await teller.receivers.all() == []


async def test_with_another_key_its_secret_does_not_open_and_it_is_switched_off_at_once(
    teller: Teller, listener: Listener
) -> None:
    await teller.receivers.add(listener.url, "n8n", [])
    async with teller.units() as uow:
        receiver = await teller.receivers.named("n8n")
        receiver.secret = "sealed with another key"
        await uow.of(RECEIVERS_KEY).save(receiver)
        await uow.commit()
    await teller.sell()
    assert (await teller.round(), listener.heard) == (0, [])
    assert (await teller.receivers.named("n8n")).off_reason == "secret"
    await teller.receivers.rotate("n8n")
    await teller.receivers.act("resume_endpoint", "n8n")
    assert await teller.round() == 1


async def test_a_test_is_sent_whatever_it_is_told_of_and_any_delivery_once_more(
    teller: Teller, listener: Listener
) -> None:
    await teller.receivers.add(listener.url, "n8n", ["checkout.abandoned"])
    await teller.receivers.act("test_endpoint", "n8n")
    assert await teller.round() == 1
    (event,) = await teller.receivers.newest("n8n")
    assert json.loads(listener.heard[0].body)["data"]["endpoint"] == "n8n"
    await teller.receivers.act("repeat_delivery", listener.heard[0].headers["webhook-id"])
    assert await teller.round() == 1
    assert [each.headers["webhook-id"] for each in listener.heard] == [f"msg_{event.id.hex}"] * 2
