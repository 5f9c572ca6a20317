"""A partner's ledger cannot be changed in the database, the sums in the lists are correct, and an erasure keeps only
the sums.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from features.partners.domain import Counts, EntryKind, Partner, PartnerEntry, PartnerId, PartnerTerms
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.arrive_by_partner import ArriveByPartner, ReferralOutcome
from features.partners.use_cases.payer_check import PayerCheck
from features.partners.use_cases.reconcile_commission import ReconcileCommission
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.ids import TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.shop import POLICY
from tests.fakes.units import Units


@pytest.fixture
async def sale(units: Units) -> tuple[Partner, Payment]:
    """Store a payment with a commission of 20 %, a tenth of which was refunded."""
    async with units() as uow:
        sale = await selling(uow)
        owner = samples.customer(telegram_id=TelegramId(902), first_name="Socia")
        assert await uow.customers.add_if_new(owner)
        partner = Partner(id=PartnerId(new_uuid()), code="SOCIA", customer_id=owner.id, created_at=samples.NOON)
        assert await uow.of(PARTNERS_KEY).add_if_new(partner)
        await uow.of(PARTNERS_KEY).add_terms(
            PartnerTerms(
                partner_id=partner.id,
                number=1,
                basis_points=2000,
                counts=Counts.EACH,
                months=12,
                hold_days=30,
                since=samples.NOON,
            )
        )
        payment = samples.payment(sale.order, amount=Money(3000, "EUR"), occurred_at=NOON + timedelta(hours=1))
        assert await uow.payments.add_if_new(payment)
        customer = await uow.customers.get(sale.order.customer_id, lock=True)
        assert customer is not None
        customer.brought_by = partner.id
        await uow.customers.save(customer)
        refund = Refund.give("acme", "re-1", payment.id, Money(300, "EUR"), occurred_at=NOON, now=NOON)
        assert await uow.reversals.add_refund_if_new(refund)
        await uow.commit()
    return partner, payment


async def reconcile_concurrently(units: Units, payment: Payment) -> None:
    payer_check = PayerCheck(units, MemoryGateways({}))
    reconcile = ReconcileCommission(units, ManualClock(NOON + timedelta(days=1)), payer_check, POLICY)
    outcomes = await asyncio.gather(*(reconcile(payment.id) for _ in range(4)), return_exceptions=True)
    assert None in outcomes, outcomes


async def test_concurrent_reconciliation_writes_each_entry_once(units: Units, sale: tuple[Partner, Payment]) -> None:
    partner, payment = sale
    await reconcile_concurrently(units, payment)
    async with units() as uow:
        entries = await uow.of(PARTNERS_KEY).entries(partner.id)
    assert [(entry.kind.value, entry.amount.minor) for entry in entries] == [("earned", 600), ("reversed", 60)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partner_entries SET amount_minor = 1",
        "DELETE FROM partner_entries",
        "TRUNCATE partner_entries",
        "UPDATE partner_terms SET basis_points = 1",
        "DELETE FROM partner_terms",
    ],
)
async def test_partner_ledger_cannot_be_changed_even_by_the_owner_of_the_database(
    units: Units, sale: tuple[Partner, Payment], engine: AsyncEngine, statement: str
) -> None:
    await reconcile_concurrently(units, sale[1])
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="append-only"):
            await connection.execute(text(statement))


async def test_partner_links_opened_by_each_other_at_once_refer_only_one_of_the_two_partners(units: Units) -> None:
    arrive = ArriveByPartner(units, ManualClock(NOON))
    for first in range(5001, 5011, 2):
        people = [samples.customer(id=new_uuid(), telegram_id=TelegramId(first + each)) for each in (0, 1)]
        async with units() as uow:
            for person in people:
                assert await uow.customers.add_if_new(person)
                code = f"P{person.telegram_id}"
                partner = Partner(id=PartnerId(new_uuid()), code=code, customer_id=person.id, created_at=NOON)
                assert await uow.of(PARTNERS_KEY).add_if_new(partner)
            await uow.commit()
        arrivals = await asyncio.gather(
            arrive(people[0].telegram_id, f"P{first + 1}"), arrive(people[1].telegram_id, f"P{first}")
        )
        assert sorted(arrivals) == [ReferralOutcome.BROUGHT, ReferralOutcome.CIRCLE]


async def test_partner_lists_show_earned_held_and_payable_amounts(
    units: Units, sale: tuple[Partner, Payment], engine: AsyncEngine
) -> None:
    partner, payment = sale
    await reconcile_concurrently(units, payment)
    paid = PartnerEntry(
        id=new_uuid(),
        partner_id=partner.id,
        kind=EntryKind.PAID,
        amount=Money(100, "EUR"),
        reference="T-1",
        at=NOON + timedelta(days=31),
    )
    async with units() as uow:
        assert await uow.of(PARTNERS_KEY).add_entry(paid)
        await uow.commit()

    async def row(name: str, days: int, **filters: str) -> dict[str, object]:
        model = LISTS[name]
        query = Query(interface=Interface.STAFF, filters=filters, sort=model.sort, is_descending=True)
        [found] = await SqlLists(engine, ManualClock(NOON + timedelta(days=days)), POLICY).rows(model, query, 9)
        return dict(found)

    held, over = await row("owed", 2, q="soc", currency="eur"), await row("owed", 60, state="working")
    sums = {name: Money(minor, "EUR") for name, minor in (("earned", 600), ("reversed", 60), ("paid_out", 100))}
    assert (
        held.items()
        >= (sums | {"owed": Money(440, "EUR"), "held": Money(540, "EUR"), "payable": Money(0, "EUR")}).items()
    )
    assert over.items() >= (sums | {"held": Money(0, "EUR"), "payable": Money(440, "EUR")}).items()
    entry = await row("statement", 60, q="soc", state="paid")
    assert entry.items() >= {"code": partner.code, "amount": Money(-100, "EUR"), "reference": "T-1"}.items()
    refused = await row("statement", 60, state="reversed")
    assert (refused["amount"], refused["reference"]) == (Money(-60, "EUR"), payment.reference)
    listed = await row("partners", 2)
    assert UUID(str(listed["id"])) == partner.id
    assert (listed["commission"], listed["brought"], listed["paying"], listed["state"]) == ("2000%", 1, 1, "working")


async def test_erasure_of_partner_and_customer_keeps_the_ledger_amounts_without_personal_data(
    units: Units, sale: tuple[Partner, Payment]
) -> None:
    partner, payment = sale
    await reconcile_concurrently(units, payment)
    async with units() as uow:
        for each in (payment.customer_id, partner.customer_id):
            customer = await uow.customers.get(each, lock=True)
            assert customer is not None
            await uow.personal_data.erase(customer.telegram_id, customer, customer.stand_in, NOON + timedelta(days=2))
        await uow.commit()
    async with units() as uow:
        entries = await uow.of(PARTNERS_KEY).entries(partner.id)
        erased = await uow.of(PARTNERS_KEY).get(partner.id)
    assert sum(entry.amount.minor for entry in entries) == 660
    assert erased is not None
    assert erased.code.startswith("ERASED_")
    assert not erased.works_at(NOON + timedelta(days=3))
