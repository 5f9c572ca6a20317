"""Displayed status of a payment that a bank holds or took: the same in the list, its export and the customer's card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.subscriptions.money_left import balance_of
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus
from subscriptions.domain.money import Money
from tests.fakes.selling import Sale
from tests.support.console_visitor import Visitor
from tests.support.website import Website


@pytest.mark.parametrize(
    ("status", "part", "shown"),
    [
        (DisputeStatus.INQUIRY, False, "captured"),
        (DisputeStatus.OPEN, False, "disputed"),
        (DisputeStatus.OPEN, True, "disputed"),
        (DisputeStatus.WON, False, "captured"),
        (DisputeStatus.CLOSED, False, "captured"),
        (DisputeStatus.LOST, False, "lost"),
        (DisputeStatus.LOST, True, "captured"),
    ],
)
async def test_payment_that_a_bank_holds_or_took_is_not_shown_as_paid(
    site: Website, olga: Visitor, sale: Sale, status: DisputeStatus, part: bool, shown: str
) -> None:
    now = site.container.core.clock().now()
    first = status if status is DisputeStatus.INQUIRY else DisputeStatus.OPEN
    dispute = Dispute.begin("acme", "dp_1", sale.payment.id, first, now)
    dispute = replace(dispute, amount=Money(100, sale.payment.amount.currency) if part else None)
    if status not in {DisputeStatus.INQUIRY, DisputeStatus.OPEN}:
        dispute.settle(status, now)
    async with site.container.core.units()() as uow:
        await uow.reversals.save_dispute(dispute)
        await uow.commit()
        balance = await balance_of(uow, sale.payment)
    assert balance.status == shown
    tag = f'class="tag {shown}"'
    assert tag in await olga.page("/payments")
    assert tag in await olga.page(f"/customers/{sale.customer.id}")
    assert tag in await olga.page(f"/payments?status={shown}")
    if shown != "captured":
        assert 'class="tag captured"' not in await olga.page("/payments")
