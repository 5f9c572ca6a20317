"""Lifecycle of a subscription after the first payment, by the world's clock."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.support.stripe_sandbox import Shop, running_shop

DAY = 24 * 60 * 60


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def current(shop: Shop, subscription: stripe.Subscription) -> stripe.Subscription:
    return await shop.client.v1.subscriptions.retrieve_async(subscription.id)


def end_of(subscription: stripe.Subscription) -> int:
    return subscription.items.data[0].current_period_end


async def invoices(shop: Shop) -> list[stripe.Invoice]:
    return (await shop.client.v1.invoices.list_async({"limit": 100})).data


async def test_subscription_renews_each_month_even_after_a_long_jump(shop: Shop) -> None:
    subscription = await shop.subscribed()
    first_end = end_of(subscription)
    await shop.advance(days=95)
    renewed = await current(shop, subscription)
    bills = await invoices(shop)
    assert [each.billing_reason for each in bills] == ["subscription_cycle"] * 3 + ["subscription_create"]
    # Each invoice has its own time, and its lines the period it pays for; the header has the previous period.
    assert bills[2].created == first_end
    assert bills[2].lines.data[0].period.start == first_end
    assert bills[2].period_end == first_end
    assert bills[0].lines.data[0].period.end == end_of(renewed)
    updates = await shop.received("customer.subscription.updated", 3)
    assert all("items" in each["data"]["previous_attributes"] for each in updates)
    assert len(await shop.received("invoice.paid", 4)) == 4


async def test_failed_charge_is_retried_until_the_subscription_ends(shop: Shop) -> None:
    subscription = await shop.subscribed()
    await shop.act(subscription.id, "fail_payment")
    assert (await current(shop, subscription)).status == "active"
    await shop.advance(seconds=end_of(subscription) - shop.world.clock.timestamp() + 1)
    past_due = await current(shop, subscription)
    assert past_due.status == "past_due"
    # As at the provider, the period has advanced without a payment.
    assert end_of(past_due) > end_of(subscription)
    [bill, _] = await invoices(shop)
    assert (bill.status, bill.attempt_count) == ("open", 1)
    assert bill.next_payment_attempt == end_of(subscription) + 3 * DAY
    await shop.advance(days=16)
    assert (await current(shop, subscription)).status == "canceled"
    failures = await shop.received("invoice.payment_failed", 4)
    assert [each["data"]["object"]["attempt_count"] for each in failures] == [1, 2, 3, 4]
    assert failures[-1]["data"]["object"]["next_payment_attempt"] is None
    [deleted] = await shop.received("customer.subscription.deleted")
    assert deleted["data"]["object"]["cancellation_details"]["reason"] == "payment_failed"


async def test_open_invoice_is_paid_when_the_payer_can_pay_again(shop: Shop) -> None:
    subscription = await shop.subscribed()
    await shop.act(subscription.id, "fail_payment")
    failed = await shop.act(subscription.id, "renew")
    assert failed["state"] == "past_due"
    recovered = await shop.act(subscription.id, "recover")
    assert recovered["state"] == "active"
    [bill, _] = await invoices(shop)
    assert (bill.status, bill.attempt_count, bill.next_payment_attempt) == ("paid", 2, None)
    payments = (await shop.control("GET", "payments"))["payments"]
    assert [each["state"] for each in payments] == ["paid", "paid"]


async def test_cancellation_at_period_end_can_be_undone(shop: Shop) -> None:
    subscription = await shop.subscribed()
    update = shop.client.v1.subscriptions.update_async
    canceled = await update(subscription.id, {"cancel_at_period_end": True})
    assert (canceled.status, canceled.cancel_at) == ("active", end_of(subscription))
    [event] = await shop.received("customer.subscription.updated")
    assert event["data"]["previous_attributes"]["cancel_at_period_end"] is False
    assert event["request"]["idempotency_key"]
    undone = await update(subscription.id, {"cancel_at_period_end": False})
    assert (undone.cancel_at, undone.canceled_at) == (None, None)
    await update(subscription.id, {"cancel_at_period_end": True})
    await shop.advance(days=32)
    ended = await current(shop, subscription)
    assert (ended.status, ended.ended_at) == ("canceled", end_of(subscription))
    assert len(await invoices(shop)) == 1
    assert await shop.received("customer.subscription.deleted")
    with pytest.raises(stripe.InvalidRequestError, match="A canceled subscription can only update"):
        await update(subscription.id, {"cancel_at_period_end": False})


async def test_subscription_canceled_immediately_cannot_be_canceled_again(shop: Shop) -> None:
    subscription = await shop.subscribed()
    canceled = await shop.client.v1.subscriptions.cancel_async(
        subscription.id, {"cancellation_details": {"feedback": "unused"}}
    )
    assert canceled.status == "canceled"
    assert canceled.cancellation_details is not None
    assert canceled.cancellation_details.feedback == "unused"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        await shop.client.v1.subscriptions.cancel_async(subscription.id)
    listed = await shop.client.v1.subscriptions.list_async()
    assert listed.data == []
    assert len((await shop.client.v1.subscriptions.list_async({"status": "all"})).data) == 1


async def test_trial_is_free_and_charged_at_its_end(shop: Shop) -> None:
    subscription = await shop.subscribed(subscription_data={"trial_period_days": 7})
    assert subscription.status == "trialing"
    [done] = await shop.received("checkout.session.completed")
    assert done["data"]["object"]["payment_status"] == "no_payment_required"
    [bill] = await invoices(shop)
    assert (bill.amount_paid, bill.status) == (0, "paid")
    assert (await shop.control("GET", "payments"))["payments"] == []
    await shop.advance(days=5)
    assert await shop.received("customer.subscription.trial_will_end")
    await shop.advance(days=3)
    paid = await current(shop, subscription)
    assert paid.status == "active"
    assert paid.items.data[0].current_period_start == subscription.trial_end
    assert (await invoices(shop))[0].amount_paid == 2999


async def test_trial_postpones_the_charge_and_credits_paid_time_unless_proration_is_off(shop: Shop) -> None:
    subscription = await shop.subscribed()
    to, update = end_of(subscription) + 40 * DAY, shop.client.v1.subscriptions.update_async
    with pytest.raises(stripe.InvalidRequestError, match="no more than two years"):
        await update(subscription.id, {"trial_end": shop.world.clock.timestamp() + 731 * DAY})
    moved = await update(subscription.id, {"trial_end": to, "proration_behavior": "none"})
    assert (moved.status, moved.trial_end, end_of(moved)) == ("trialing", to, to)
    assert [(each.amount_paid, each.billing_reason) for each in await invoices(shop)] == [
        (0, "subscription_update"),
        (2999, "subscription_create"),
    ]
    await shop.advance(days=65)
    assert len(await invoices(shop)) == 2
    await shop.advance(days=7)
    assert (await invoices(shop))[0].amount_paid == 2999
    again = await shop.subscribed()
    await update(again.id, {"trial_end": end_of(again) + DAY})
    await shop.advance(days=33)
    assert min(each.amount_due for each in await invoices(shop) if each.billing_reason == "subscription_cycle") < 2999


async def test_pause_stops_billing_until_resumed(shop: Shop) -> None:
    subscription = await shop.subscribed()
    paused = await shop.act(subscription.id, "pause")
    assert paused["state"] == "paused"
    assert await shop.received("customer.subscription.paused")
    await shop.advance(days=40)
    assert len(await invoices(shop)) == 1
    resumed = await shop.act(subscription.id, "resume")
    assert resumed["state"] == "active"
    assert await shop.received("customer.subscription.resumed")
    assert end_of(await current(shop, subscription)) > shop.world.clock.timestamp()
    by_api = await shop.client.v1.subscriptions.pause_async(subscription.id)
    assert by_api.status == "paused"
    again = await shop.client.v1.subscriptions.resume_async(
        subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}}
    )
    assert again.status == "active"


async def test_paused_collection_voids_invoices_and_resumes_automatically(shop: Shop) -> None:
    subscription = await shop.subscribed()
    ends = end_of(subscription)
    await shop.client.v1.subscriptions.update_async(
        subscription.id, {"pause_collection": {"behavior": "void", "resumes_at": ends + DAY}}
    )
    await shop.advance(days=35)
    assert (await current(shop, subscription)).pause_collection is None
    assert [each.status for each in await invoices(shop)] == ["void", "paid"]


async def test_invoice_opened_before_the_pause_is_retried_unless_auto_advance_is_off(shop: Shop) -> None:
    """Check the documented behaviour that open invoices continue to be retried:
    https://docs.stripe.com/billing/subscriptions/pause-payment.
    """
    service = shop.client.v1.invoices
    charged, waiting = await shop.subscribed(), await shop.subscribed()
    for each in (charged, waiting):
        await shop.act(each.id, "fail_payment")
    await shop.advance(seconds=end_of(waiting) - shop.world.clock.timestamp() + 1)
    for each in (charged, waiting):
        await shop.client.v1.subscriptions.update_async(each.id, {"pause_collection": {"behavior": "void"}})
        await shop.new_card(each.id)
    [owed] = (await service.list_async({"subscription": waiting.id, "status": "open"})).data
    held = await service.update_async(owed.id, {"auto_advance": False})
    assert (held.auto_advance, held.next_payment_attempt) == (False, None)
    await shop.advance(days=40)
    assert [each.status for each in (await service.list_async({"subscription": charged.id})).data] == [
        "void",
        "paid",
        "paid",
    ]
    assert (await service.retrieve_async(owed.id)).status == "open"
    await service.update_async(owed.id, {"auto_advance": True})
    await shop.advance(days=1)
    paid = await service.retrieve_async(owed.id)
    assert (paid.status, paid.auto_advance) == ("paid", False)
    with pytest.raises(stripe.InvalidRequestError):
        await service.update_async(owed.id, {"auto_advance": True})


async def test_refunds_never_exceed_the_payment(shop: Shop) -> None:
    await shop.subscribed()
    [payment] = (await shop.control("GET", "payments"))["payments"]
    part = await shop.client.v1.refunds.create_async({"payment_intent": payment["id"], "amount": 1000})
    assert (part.amount, part.status) == (1000, "succeeded")
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        await shop.client.v1.refunds.create_async({"payment_intent": payment["id"], "amount": 2000})
    whole = await shop.control("POST", f"payments/stripe/{payment['id']}/refund", {"amount": "19.99"})
    assert whole["state"] == "refunded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await shop.client.v1.refunds.create_async({"payment_intent": payment["id"]})
    assert caught.value.code == "charge_already_refunded"
    events = await shop.received("charge.refunded", 2)
    assert [each["data"]["object"]["amount_refunded"] for each in events] == [1000, 2999]
    assert events[1]["data"]["previous_attributes"] == {"amount_refunded": 1000, "refunded": False}
    created = await shop.received("refund.created", 2)
    assert {each["data"]["object"]["amount"] for each in created} == {1000, 1999}
    await shop.control("POST", f"payments/stripe/{payment['id']}/refund", {"amount": "1.999"}, status=400)
    await shop.control("POST", f"payments/stripe/{payment['id']}/refund", status=409)


@pytest.mark.parametrize(("action", "status", "state"), [("win", "won", "paid"), ("lose", "lost", "disputed")])
async def test_disputes_can_be_opened_and_closed(shop: Shop, action: str, status: str, state: str) -> None:
    subscription = await shop.subscribed()
    await shop.act(subscription.id, "dispute")
    [opened] = await shop.received("charge.dispute.created")
    assert await shop.received("charge.dispute.funds_withdrawn")
    case = opened["data"]["object"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await shop.client.v1.refunds.create_async({"charge": case["charge"]})
    assert caught.value.code == "charge_disputed"
    await shop.act(subscription.id, "dispute", status=409)
    await shop.act(subscription.id, f"{action}_dispute")
    [closed] = await shop.received("charge.dispute.closed")
    assert closed["data"]["object"]["status"] == status
    assert (await shop.client.v1.disputes.retrieve_async(case["id"])).status == status
    assert [each["state"] for each in (await shop.control("GET", "payments"))["payments"]] == [state]
    await shop.act(subscription.id, f"{action}_dispute", status=409)


async def test_evidence_is_uploaded_and_submitted_once(shop: Shop) -> None:
    subscription = await shop.subscribed()
    await shop.act(subscription.id, "dispute")
    [opened] = await shop.received("charge.dispute.created")
    key, api = opened["data"]["object"]["id"], shop.client.v1
    assert opened["data"]["object"]["evidence_details"]["due_by"]
    for content, problem in ((b"GIF89a", "JPG, PDF or PNG"), (b"%PDF-" + bytes(5_000_000), "5 MB")):
        with pytest.raises(stripe.InvalidRequestError, match=problem):
            await api.files.create_async({"file": BytesIO(content), "purpose": "dispute_evidence"})
    file = await api.files.create_async({"file": BytesIO(b"%PDF-1.7 evidence"), "purpose": "dispute_evidence"})
    assert (file.type, file.size, file.purpose) == ("pdf", 17, "dispute_evidence")
    for evidence, problem in (
        ({"service_documentation": "file_none"}, "No such file"),
        ({"uncategorized_text": "x" * 20_001}, "at most 20000"),
        ({"nonsense": "x"}, "unknown parameter"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=problem):
            await api.disputes.update_async(key, {"evidence": evidence})  # type: ignore[typeddict-item]
    staged = await api.disputes.update_async(key, {"evidence": {"customer_name": "Ana"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    submitted = await api.disputes.update_async(key, {"evidence": {"service_documentation": file.id}})
    assert (submitted.status, submitted.evidence_details.submission_count) == ("under_review", 1)
    assert (submitted.evidence.customer_name, submitted.evidence.service_documentation) == ("Ana", file.id)
    assert await shop.received("charge.dispute.updated")
    with pytest.raises(stripe.InvalidRequestError, match="no longer"):
        await api.disputes.update_async(key, {"evidence": {"customer_name": "Eva"}})
    await shop.act(subscription.id, "win_dispute")
    with pytest.raises(stripe.InvalidRequestError, match="closed"):
        await api.disputes.update_async(key, {"evidence": {"customer_name": "Eva"}})


async def test_change_to_a_higher_price_is_prorated(shop: Shop) -> None:
    subscription = await shop.subscribed()
    dearer = await shop.price(5999)
    changes: Any = {
        "items": [{"id": subscription.items.data[0].id, "price": dearer.id}],
        "proration_behavior": "always_invoice",
    }
    await shop.advance(seconds=(end_of(subscription) - subscription.created) / 2)
    changed = await shop.client.v1.subscriptions.update_async(subscription.id, changes)
    assert changed.items.data[0].price.id == dearer.id
    assert end_of(changed) == end_of(subscription)
    [bill, _] = await invoices(shop)
    assert bill.billing_reason == "subscription_update"
    assert 1450 <= bill.amount_paid <= 1550


async def test_open_checkout_expires_by_the_clock(shop: Shop) -> None:
    session = await shop.checkout()
    await shop.control("POST", f"checkouts/{session.id}/decline")
    [view] = (await shop.control("GET", "checkouts"))["checkouts"]
    assert (view["state"], view["amount"], view["reference"]) == ("declined", "29.99", "order-1")
    await shop.advance(hours=25)
    [event] = await shop.received("checkout.session.expired")
    assert event["data"]["object"]["id"] == session.id
    await shop.control("POST", f"checkouts/{session.id}/pay", status=409)


async def test_single_payment_in_yen_has_no_decimals(shop: Shop) -> None:
    product = await shop.client.v1.products.create_async({"name": "VIP"})
    price = await shop.client.v1.prices.create_async({"product": product.id, "currency": "JPY", "unit_amount": 1500})
    session = await shop.checkout(price, mode="payment", subscription_data=None)
    paid = await shop.control("POST", f"checkouts/{session.id}/pay", {"amount": "1400"})
    assert (paid["amount"], paid["currency"]) == ("1400", "JPY")
    done = await shop.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["payment_intent"]})
    assert isinstance(done.payment_intent, stripe.PaymentIntent)
    assert (done.payment_intent.amount_received, done.payment_status) == (1400, "paid")


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        subscription = await shop.subscribed()
        await shop.act(subscription.id, "fail_payment")
    async with running_shop(tmp_path / "world.sqlite3") as shop:
        await shop.advance(days=32)
        assert (await current(shop, subscription)).status == "past_due"
        state = await shop.control("GET", "state")
        assert [each["state"] for each in state["stripe"]["subscriptions"]] == ["past_due"]
        assert state["deliveries"]


async def test_subscription_can_be_ended_by_the_seller_in_every_state(shop: Shop) -> None:
    paused, failing, running = [(await shop.subscribed()).id for _ in range(3)]
    until = {"behavior": "void", "resumes_at": int(shop.world.clock.timestamp()) + 60 * DAY}
    pause: Any = {"pause_collection": until, "metadata": {"paused_until": "1"}}
    await shop.client.v1.subscriptions.update_async(paused, pause)
    await shop.act(failing, "fail_payment")
    await shop.advance(days=32)

    for key in (paused, failing, running):
        assert (await shop.act(key, "end"))["state"] == "canceled"

    ended = await shop.client.v1.subscriptions.retrieve_async(paused)
    assert (ended.status, ended.metadata["paused_until"]) == ("canceled", "1")
    assert len(await shop.received("customer.subscription.deleted", 3)) == 3
    assert (await shop.act(running, "end"))["state"] == "canceled"


async def test_bank_decides_later_about_a_checkout(shop: Shop) -> None:
    for bank, done in (("bank_pays", "paid"), ("bank_refuses", "unpaid")):
        session = await shop.checkout()
        await shop.control("POST", f"checkouts/{session.id}/pay", {"bank": "late"})
        paid = await shop.client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["invoice"]})
        assert (paid.status, paid.payment_status) == ("complete", "unpaid")
        assert isinstance(paid.invoice, stripe.Invoice)
        assert paid.invoice.status == "open"
        payment = (await shop.control("GET", "payments"))["payments"][-1]
        assert payment["state"] == "pending"
        await shop.advance(days=5)
        await shop.control("POST", f"payments/stripe/{payment['id']}/{bank}")
        after = await shop.client.v1.checkout.sessions.retrieve_async(session.id)
        assert after.payment_status == done
        await shop.control("POST", f"payments/stripe/{payment['id']}/{bank}", status=409)
    [bill] = await shop.received("invoice.paid")
    assert bill["created"] - paid.created < DAY
    assert len(await shop.received("checkout.session.async_payment_succeeded")) == 1
    assert len(await shop.received("checkout.session.async_payment_failed")) == 1


async def test_decided_dispute_can_be_decided_anew(shop: Shop) -> None:
    subscription = await shop.subscribed()
    for action in ("dispute", "lose_dispute", "win_dispute", "lose_dispute"):
        await shop.act(subscription.id, action)
    closed = await shop.received("charge.dispute.closed", 3)
    assert [each["data"]["object"]["status"] for each in closed] == ["lost", "won", "lost"]


async def test_bank_decides_later_about_renewals_until_it_is_prompt(shop: Shop) -> None:
    subscription = await shop.subscribed()
    await shop.control("POST", f"subscriptions/stripe/{subscription.id}/late", {"hours": 72})
    await shop.advance(days=32)
    waiting = await shop.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["latest_invoice"]})
    assert isinstance(waiting.latest_invoice, stripe.Invoice)
    assert (waiting.status, waiting.latest_invoice.status) == ("active", "open")
    await shop.advance(days=3)
    assert len(await shop.received("invoice.paid", 2)) == 2

    await shop.act(subscription.id, "late")
    await shop.advance(days=31)
    assert (await shop.act(subscription.id, "bank_refuses"))["state"] == "past_due"
    await shop.advance(days=4)
    assert (await shop.act(subscription.id, "bank_pays"))["state"] == "active"
    await shop.act(subscription.id, "bank_pays", status=409)

    await shop.act(subscription.id, "prompt")
    await shop.advance(days=31)
    assert len(await shop.received("invoice.paid", 4)) == 4
