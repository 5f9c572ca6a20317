"""Later decisions about the same money: an appeal, a second loss, and losses of nearly everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.domain.entities.ledger import access_until
from subscriptions.domain.entities.reversal import DisputeStatus, RefundStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import TAKEN_BACK
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.lives.biller import Decision
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


async def test_suspended_days_are_given_back_each_time_a_dispute_is_won() -> None:
    story, key = await _sold()
    paid_until = story.subscription.access_until
    assert paid_until is not None
    for number in (1, 2):
        await story.dispute(key, OPENED)
        await story.run(5 * DAY)
        await story.dispute(key, CLOSED, reason="won")
        end = story.subscription.access_until
        assert end is not None
        assert abs(end - paid_until - number * 5 * DAY) < timedelta(hours=1)
        await story.run(DAY)


async def test_each_loss_of_a_dispute_and_each_reversal_is_in_the_books() -> None:
    story, key = await _sold()
    await story.dispute(key, OPENED)
    for reason, balance in [("lost", 0), ("won", PRICE.minor), ("lost", 0), ("won", PRICE.minor), ("lost", 0)]:
        await story.dispute(key, CLOSED, reason=reason)
        # The same decision again changes nothing.
        await story.dispute(key, CLOSED, reason=reason)
        assert story.balance == balance
        await story.run(DAY)
    kinds = [row.kind.value for row in story.shop.memory.rows("receipts")]
    assert kinds == ["receipt", "credit_note", "restored", "credit_note", "restored", "credit_note"]


@pytest.mark.parametrize("way", ["dispute", "refund"])
async def test_end_of_a_payment_that_went_back_during_a_suspension_follows_from_the_ledger(way: str) -> None:
    story, key = await _sold()
    held_at = story.now
    await story.suspend()
    await story.run(3 * DAY)
    if way == "dispute":
        await story.dispute(key, OPENED)
        await story.dispute(key, CLOSED, reason="lost")
    else:
        story.provider.give_back(key, PRICE)
        await story.run()

    found = story.subscription
    entries = [row for row in story.shop.memory.rows("ledger_entries") if row.subscription_id == found.id]
    assert found.status is SubscriptionStatus.EXPIRED
    assert found.access_until == access_until(entries)
    assert found.access_until is not None
    assert abs(found.access_until - held_at) < timedelta(hours=1)


@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("moves", [True, False])
async def test_dispute_of_a_payment_confirmed_late_suspends_although_the_next_charge_is_at_the_bank(
    outcome: str, *, moves: bool
) -> None:
    story = await Story.open(moves=moves)
    key = await story.buy_late(13 * DAY)
    story.provider.decision = Decision(13 * DAY, pays=True, of_purchase=False)
    await story.run(19 * DAY)
    end = story.subscription.access_until
    assert end is not None
    assert story.now < end

    await story.dispute(key, OPENED)
    assert story.subscription.on_hold
    await story.dispute(key, CLOSED, reason=outcome)

    # The charge that is at the bank belongs to a later period.
    assert story.subscription.live is (outcome == "won" or not moves)
    assert not story.subscription.on_hold
    await story.run(14 * DAY)
    assert story.balance == (0 if outcome == "lost" else PRICE.minor) + (0 if moves else PRICE.minor)


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
