"""Partners, their terms and their ledger, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.partners.domain import (
    Counts,
    EntryKind,
    Partner,
    PartnerEntry,
    PartnerId,
    PartnerReach,
    PartnerTerms,
)
from features.partners.ports import PARTNERS_KEY
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import PaymentId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


def entry(partner: Partner, kind: EntryKind, payment: PaymentId | None, number: int, minor: int) -> PartnerEntry:
    return PartnerEntry(
        id=new_uuid(),
        partner_id=partner.id,
        kind=kind,
        payment_id=payment,
        number=number,
        amount=Money(minor, "EUR"),
        held_until=None if payment is None else NOON + timedelta(days=30),
        reference="T-1" if payment is None else "",
        at=NOON,
    )


def terms(partner: Partner, number: int, **more: object) -> PartnerTerms:
    said = {"basis_points": 1250, "counts": Counts.EACH, "months": 12, "hold_days": 30} | more
    return PartnerTerms(partner_id=partner.id, number=number, since=NOON, **said)  # type: ignore[arg-type]


async def partner_of(units: Units) -> tuple[Partner, Payment]:
    async with units() as uow:
        sale = await selling(uow)
        owner = samples.customer(telegram_id=TelegramId(902))
        assert await uow.customers.add_if_new(owner)
        partner = Partner(id=PartnerId(new_uuid()), code="SOCIA", customer_id=owner.id, created_at=NOON)
        assert await uow.of(PARTNERS_KEY).add_if_new(partner)
        payment = samples.payment(sale.order)
        assert await uow.payments.add_if_new(payment)
        customer = await uow.customers.get(sale.order.customer_id, lock=True)
        assert customer is not None
        customer.brought_by = partner.id
        await uow.customers.save(customer)
        await uow.commit()
    return partner, payment


async def test_partner_is_read_as_stored(units: Units) -> None:
    partner, payment = await partner_of(units)
    sums = terms(partner, 2, basis_points=None, sums=frozenset({"EUR:500", "USD:600"}), plans=frozenset({"retabet"}))
    async with units() as uow:
        assert not await uow.of(PARTNERS_KEY).add_if_new(partner)
        other = Partner(id=PartnerId(new_uuid()), code="OTRA", customer_id=partner.customer_id, created_at=NOON)
        assert not await uow.of(PARTNERS_KEY).add_if_new(other), "one partner per customer"
        for each in (terms(partner, 1), sums):
            await uow.of(PARTNERS_KEY).add_terms(each)
        with pytest.raises(RetryLater):
            await uow.of(PARTNERS_KEY).add_terms(terms(partner, 2))
        await uow.commit()
    async with units() as uow:
        assert (
            await uow.of(PARTNERS_KEY).by_code("SOCIA")
            == await uow.of(PARTNERS_KEY).of_customer(partner.customer_id)
            == partner
        )
        assert await uow.of(PARTNERS_KEY).by_code("OTRA") is None
        assert list(await uow.of(PARTNERS_KEY).terms(partner.id)) == [terms(partner, 1), sums]
        held = await uow.of(PARTNERS_KEY).get(partner.id, lock=True)
        assert held is not None
        held.ended_at = NOON
        await uow.of(PARTNERS_KEY).save(held)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(PARTNERS_KEY).get(partner.id) == held
        assert await uow.of(PARTNERS_KEY).reach(partner.id) == PartnerReach(came=1, buyers=0)
    del payment


async def test_ledger_entries_of_payments_and_payouts_are_written_once(units: Units) -> None:
    partner, payment = await partner_of(units)
    first = entry(partner, EntryKind.EARNED, payment.id, 1, 500)
    back = entry(partner, EntryKind.REVERSED, payment.id, 2, 200)
    again = entry(partner, EntryKind.REVERSED, payment.id, 3, -200)
    paid = entry(partner, EntryKind.PAID, None, 0, 300)
    async with units() as uow:
        for each in (first, back, again, paid):
            assert await uow.of(PARTNERS_KEY).add_entry(each)
        await uow.commit()
    for twice in (
        entry(partner, EntryKind.EARNED, payment.id, 9, 500),
        entry(partner, EntryKind.REVERSED, payment.id, 2, 1),
        entry(partner, EntryKind.PAID, None, 0, 1),
    ):
        async with units() as uow:
            assert not await uow.of(PARTNERS_KEY).add_entry(twice)
    async with units() as uow:
        assert list(await uow.of(PARTNERS_KEY).entries(partner.id)) == [first, back, again, paid]
        assert list(await uow.of(PARTNERS_KEY).entries_by(payment.customer_id, partner.id)) == [first, back, again]
        assert list(await uow.of(PARTNERS_KEY).entries_by(partner.customer_id, partner.id)) == []
        assert await uow.of(PARTNERS_KEY).reach(partner.id) == PartnerReach(came=1, buyers=1)
