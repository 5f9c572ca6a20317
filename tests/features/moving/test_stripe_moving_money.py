"""Refunds, disputes and withdrawals of subscriptions that another system started in the sandbox's Stripe."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from subscriptions.application.payments.issue_receipts import CompleteReceipts, IssueReceipts
from subscriptions.application.withdrawals.contracts import WithdrawalRefused
from subscriptions.application.withdrawals.withdraw_contract import WithdrawContract
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.services.withdrawal_policy import Refusal
from tests.features.moving.test_stripe_moving import ANA, Moving, moving, paid_until  # noqa: F401

DAY = timedelta(days=1)


async def test_running_period_is_recorded_with_its_own_dates(moving: Moving) -> None:  # noqa: F811
    ref = await moving.begun_elsewhere(telegram_user_id=str(ANA))
    moving.till.shop.world.clock.advance(5 * DAY)
    moving.keep_time()
    await moving.run()
    (payment,) = moving.shop.memory.rows("payments")
    (entry,) = moving.shop.memory.rows("ledger_entries")
    there = await moving.till.gateway.fetch_subscription(ref)
    assert there is not None
    assert (entry.kind, entry.payment_id) == (LedgerKind.PAYMENT, payment.id)
    assert (entry.starts_at, entry.starts_at + entry.length) == (there.current_period_start, there.current_period_end)
    assert paid_until(moving.shop) == there.current_period_end


async def test_full_refund_ends_the_imported_access(moving: Moving) -> None:  # noqa: F811
    await moving.begun_elsewhere(telegram_user_id=str(ANA))
    await moving.run()
    (payment,) = moving.shop.memory.rows("payments")
    assert await moving.till.gateway.refund_payment(payment.payment_key, None, idempotency_key="refund:1")
    await moving.notified("refund.created")
    (held,) = moving.shop.memory.rows("subscriptions")
    assert not held.live
    assert len(await moving.shop.jobs("core.stop_billing")) == 1


async def test_imported_payment_gets_no_receipt_and_the_next_charge_gets_one(moving: Moving) -> None:  # noqa: F811
    ref = await moving.begun_elsewhere(telegram_user_id=str(ANA))
    await moving.run()
    # The other system has issued its receipt. The webhook is still repeated, or fetched later.
    await moving.notified("invoice.paid")
    complete = CompleteReceipts(moving.shop.units, moving.shop.clock, IssueReceipts(moving.shop.policy))
    assert await complete(date(2020, 1, 1)) == 0
    assert moving.shop.memory.rows("receipts") == []

    await moving.till.shop.act(ref, "renew")
    await moving.notified("invoice.paid", 1)
    (receipt,) = moving.shop.memory.rows("receipts")
    (_, renewal) = sorted(moving.shop.memory.rows("payments"), key=lambda each: bool(each.is_renewal))
    assert receipt.payment_id == renewal.id


async def test_lost_dispute_ends_access(moving: Moving) -> None:  # noqa: F811
    ref = await moving.begun_elsewhere(telegram_user_id=str(ANA))
    await moving.run()
    await moving.till.shop.act(ref, "dispute")
    await moving.notified("charge.dispute.created")
    moving.shop.clock.advance(5 * DAY)
    await moving.till.shop.act(ref, "lose_dispute")
    await moving.notified("charge.dispute.closed")
    (held,) = moving.shop.memory.rows("subscriptions")
    assert not held.live


async def test_withdrawal_period_starts_with_the_contract_made_in_the_other_system(moving: Moving) -> None:  # noqa: F811
    await moving.begun_elsewhere(telegram_user_id=str(ANA))
    moving.till.shop.world.clock.advance(20 * DAY)
    moving.keep_time()
    await moving.run()
    withdraw = WithdrawContract(moving.shop.units, moving.shop.gateways, moving.shop.clock, moving.shop.policy)
    with pytest.raises(WithdrawalRefused) as refused:
        await withdraw.open_to(ANA)
    assert refused.value.refusal is Refusal.TOO_LATE


async def test_second_subscription_is_reported_as_duplicate(moving: Moving) -> None:  # noqa: F811
    await moving.begun_elsewhere(telegram_user_id=str(ANA))
    await moving.begun_elsewhere(telegram_user_id=str(ANA), telegram_id=str(ANA))
    courses = sorted(str(each.course) for each in await moving.run())
    assert courses == ["adopted", "double"]
