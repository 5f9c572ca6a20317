"""Later decisions about the same money: an appeal, a second loss, and losses of nearly everything."""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.reversal import DisputeStatus, RefundStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import TAKEN_BACK
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.lives.story import DAY, PRICE, REF, Story

OPENED, CLOSED = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED


async def _sold() -> tuple[Story, str]:
    story = await Story.open()
    key = await story.buy()
    await story.run(5 * DAY)
    return story, key


def _euros(minor: int) -> Money:
    return Money(minor, "EUR")


async def test_lost_dispute_decided_for_the_seller_later_is_in_the_books_and_reported() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    await story.dispute(key, CLOSED, reason="lost")
    assert story.balance == 0
    await story.run(20 * DAY)

    await story.dispute(key, CLOSED, reason="won")

    assert story.balance == PRICE.minor
    assert [row.status for row in story.shop.memory.rows("disputes")] == [DisputeStatus.WON]
    assert "dispute_won_late" in await story.shop.alarms()
    # The same decision again changes nothing.
    await story.run(DAY)
    await story.dispute(key, CLOSED, reason="won")
    assert story.balance == PRICE.minor
    assert (await story.shop.alarms()).count("dispute_won_late") == 1


async def test_refund_that_executed_a_lost_dispute_counts_no_more_after_the_appeal() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    await story.dispute(key, CLOSED, reason="lost")
    story.provider.give_back(key, PRICE)
    await story.run(20 * DAY)
    assert story.balance == 0

    await story.dispute(key, CLOSED, reason="won")

    assert story.balance == PRICE.minor
    assert [row.status for row in story.shop.memory.rows("refunds")] == [RefundStatus.REVERSED]


async def test_won_dispute_that_is_lost_later_ends_access_and_billing() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    await story.dispute(key, CLOSED, reason="won")
    await story.run(5 * DAY)
    charges = len(story.charges)

    await story.dispute(key, CLOSED, reason="lost")

    assert story.subscription.status is SubscriptionStatus.EXPIRED
    assert story.balance == 0
    assert "dispute_lost_again" in await story.shop.alarms()
    await story.run(40 * DAY)
    assert len(story.charges) == charges


async def test_earlier_decision_that_arrives_late_changes_nothing() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    lost_at = story.now
    await story.run(DAY)
    await story.dispute(key, CLOSED, reason="won")
    until = story.subscription.access_until

    late = {"reason": "lost", "amount": PRICE, "occurred_at": lost_at}
    story.provider.create_event(CLOSED, "dispute", **late, **story.about_dispute(key))
    await story.run()

    assert story.balance == PRICE.minor
    assert story.subscription.access_until == until


async def test_dispute_opened_again_after_it_was_won_suspends_access() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    await story.dispute(key, CLOSED, reason="won")
    await story.run(DAY)

    await story.dispute(key, OPENED)

    assert story.subscription.is_paused
    await story.dispute(key, CLOSED, reason="won")
    assert not story.subscription.is_paused


async def test_owners_hear_of_a_payment_that_was_refunded_and_lost() -> None:
    story, key = await _sold()
    story.provider.give_back(key, PRICE)
    await story.run()
    await story.dispute(key, OPENED)

    await story.dispute(key, CLOSED, reason="lost")

    assert "dispute_lost_again" in await story.shop.alarms()


@pytest.mark.parametrize(("minor", "is_all"), [(1499, False), (1500, True), (2970, True), (2999, True)])
async def test_dispute_of_more_than_half_counts_as_all_when_it_is_opened_and_when_it_is_lost(
    minor: int, is_all: bool
) -> None:
    story, key = await _sold()
    charges = len(story.charges)

    await story.dispute(key, OPENED, _euros(minor))
    assert story.subscription.is_paused is is_all
    await story.dispute(key, CLOSED, _euros(minor), reason="lost")

    assert (story.subscription.status is SubscriptionStatus.EXPIRED) is is_all
    await story.run(40 * DAY)
    assert (len(story.charges) == charges) is is_all


@pytest.mark.parametrize(("minor", "is_all"), [(1499, False), (2970, True)])
async def test_payment_that_a_bank_took_back_without_a_dispute_has_the_same_threshold(minor: int, is_all: bool) -> None:
    story, key = await _sold()

    paid = story.paid(key)
    facts = {"amount": _euros(minor), "amount_refunded": _euros(minor), "reason": TAKEN_BACK}
    about = {"payment_key": f"rv-{key}", "about_payment": key, "order_id": paid.order_id}
    story.provider.create_event(PaymentEventKind.REFUND, "reversed", **facts, **about)
    await story.run()

    assert (story.subscription.status is SubscriptionStatus.EXPIRED) is is_all


async def test_seller_who_refunds_nearly_all_of_a_payment_keeps_the_customer() -> None:
    story, key = await _sold()

    story.provider.give_back(key, _euros(2970))
    await story.run()

    assert story.subscription.status is SubscriptionStatus.ACTIVE
    assert story.provider.subscriptions[REF].cancel_at is None
