"""Receipts are numbered without gaps, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.domain.entities.ledger import IMPORT_NOTE
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import entry, selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def bought(units: Units) -> Receipt:
    """Create a paid order and return the draft of its receipt."""
    customer, plan = samples.customer(), samples.plan()
    order = samples.order(customer, plan)
    payment = samples.payment(order)
    async with units() as uow:
        await uow.customers.save(customer)
        await uow.plans.save(plan)
        await uow.orders.save(order)
        await uow.payments.save(payment)
        await uow.commit()
    return Receipt.draft(
        ReceiptKind.RECEIPT,
        payment.id,
        payment_id=payment.id,
        order_id=order.id,
        customer_id=customer.id,
        customer_ref="Ana · 7",
        plan_name=plan.name,
        provider="acme",
        amount=Money(2999, "EUR"),
        tax_minor=521,
        issuer="Retador S.L.",
        now=NOON,
        zone=UTC,
    )


def another(draft: Receipt, kind: ReceiptKind = ReceiptKind.RECEIPT, at: datetime = NOON) -> Receipt:
    """Return the draft of a document of this kind like `draft`, with another source. A document that is not a receipt
    corrects `draft`.
    """
    made = Receipt.draft(
        kind,
        new_uuid(),
        payment_id=draft.payment_id,
        order_id=draft.order_id,
        customer_id=draft.customer_id,
        customer_ref=draft.customer_ref,
        plan_name=draft.plan_name,
        provider=draft.provider,
        amount=draft.amount,
        tax_minor=None,
        issuer=draft.issuer,
        now=at,
        zone=UTC,
    )
    made.corrects = None if kind is ReceiptKind.RECEIPT else draft.id
    return made


async def test_receipt_is_read_as_issued(units: Units) -> None:
    receipt = await bought(units)
    async with units() as uow:
        assert await uow.receipts.issue(receipt)
        await uow.commit()
    async with units() as uow:
        assert await uow.receipts.get(receipt.id) == receipt
        assert list(await uow.receipts.of_order(receipt.order_id)) == [receipt]
        assert list(await uow.receipts.of_payment(receipt.payment_id)) == [receipt]
    assert receipt.label == "R2026-00001"
    assert receipt.tax == Money(521, "EUR")


async def test_second_receipt_of_one_kind_for_the_same_payment_or_refund_is_refused(units: Units) -> None:
    receipt = await bought(units)
    async with units() as uow:
        assert await uow.receipts.issue(receipt)
        assert not await uow.receipts.issue(replace(receipt, id=new_uuid(), number=0))
        follows = another(receipt)
        assert await uow.receipts.issue(follows)
        await uow.commit()
    assert (receipt.number, follows.number) == (1, 2)


async def test_receipt_numbers_start_at_one_in_each_series_and_year(units: Units) -> None:
    receipt = await bought(units)
    later = NOON.replace(year=NOON.year + 1)
    drafts = [
        receipt,
        another(receipt),
        another(receipt, ReceiptKind.CREDIT_NOTE),
        another(receipt, ReceiptKind.RESTORED),
        another(receipt, at=later),
        another(receipt, ReceiptKind.CREDIT_NOTE, later),
    ]
    async with units() as uow:
        for draft in drafts:
            assert await uow.receipts.issue(draft)
        await uow.commit()
    year = NOON.year
    assert [draft.label for draft in drafts] == [
        f"R{year}-00001",
        f"R{year}-00002",
        f"A{year}-00001",
        f"R{year}-00003",
        f"R{year + 1}-00001",
        f"A{year + 1}-00001",
    ]
    async with units() as uow:
        year_of = await uow.receipts.list_between(
            datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        )
        assert [item.label for item in year_of] == sorted(draft.label for draft in drafts if draft.year == year)
        newest = await uow.receipts.of_customer(receipt.customer_id, 2)
        assert {item.year for item in newest} == {year + 1}


async def test_rolled_back_receipt_leaves_no_gap_in_the_numbers(units: Units) -> None:
    receipt = await bought(units)
    async with units() as uow:
        await uow.receipts.issue(another(receipt))
    async with units() as uow:
        await uow.receipts.issue(receipt)
        await uow.commit()
    assert receipt.number == 1


async def test_applied_payments_without_a_receipt_are_found(units: Units) -> None:
    receipt = await bought(units)
    async with units() as uow:
        payment, order = await uow.payments.get(receipt.payment_id), await uow.orders.get(receipt.order_id)
        assert payment is not None
        assert order is not None
        before = payment.recorded_at
        assert list(await uow.receipts.list_lacking(before, 9)) == []
        subscription = samples.subscription(order)
        await uow.subscriptions.save(subscription)
        payment.subscription_id = subscription.id
        await uow.payments.save(payment)
        assert list(await uow.receipts.list_lacking(before, 9)) == [payment]
        assert list(await uow.receipts.list_lacking(before, 0)) == []
        assert list(await uow.receipts.list_lacking(before + timedelta(seconds=1), 9)) == []
        payment.raise_flag(FlagReason.SECOND_CAPTURE)
        await uow.payments.save(payment)
        assert list(await uow.receipts.list_lacking(before, 9)) == []
        payment.flag = None
        await uow.payments.save(payment)
        await uow.receipts.issue(receipt)
        assert list(await uow.receipts.list_lacking(before, 9)) == []


@pytest.mark.parametrize(("note", "lacks"), [("", True), (IMPORT_NOTE, False)], ids=["own", "imported"])
async def test_payment_made_in_another_system_lacks_no_receipt(units: Units, note: str, lacks: bool) -> None:
    async with units() as uow:
        sale = await selling(uow)
        payment = sale.payment
        payment.subscription_id = sale.subscription.id
        await uow.payments.save(payment)
        paid = replace(entry(sale.subscription.id), payment_id=payment.id, note=note)
        await uow.ledger.add_if_new(paid)
        assert list(await uow.receipts.list_lacking(payment.recorded_at, 9)) == ([payment] if lacks else [])


Work = Sequence[tuple[int, bool]]
"""Units of work that run concurrently: the number of receipts that each unit issues, and whether the unit commits."""


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(work=st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=2, max_size=8))
async def test_concurrent_numbering_has_no_gap(units: Units, work: Work) -> None:
    first = await bought(units)

    async def issue(count: int, *, commits: bool) -> list[Receipt]:
        async with units() as uow:
            made = [another(first) for _ in range(count)]
            for receipt in made:
                await uow.receipts.issue(receipt)
                await asyncio.sleep(0)
            if commits:
                await uow.commit()
        return made if commits else []

    await asyncio.gather(*(issue(count, commits=commits) for count, commits in work))
    async with units() as uow:
        numbers = [item.number for item in await uow.receipts.list_between(NOON, NOON + timedelta(seconds=1))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_concurrent_issues_for_one_source_create_one_receipt(units: Units) -> None:
    receipt = await bought(units)

    async def issue() -> bool:
        async with units() as uow:
            done = await uow.receipts.issue(replace(receipt, id=new_uuid()))
            await uow.commit()
            return done

    reported = await asyncio.gather(*(issue() for _ in range(4)), return_exceptions=True)
    assert [item for item in reported if item is True] == [True]
    assert all(item is True or item is False or isinstance(item, RetryLater) for item in reported)
    async with units() as uow:
        kept = await uow.receipts.of_order(receipt.order_id)
    assert [item.number for item in kept] == [1]
