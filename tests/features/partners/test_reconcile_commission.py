"""Commissions earned by payments and reversed by refunds, exact to the cent and in any order of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from features.partners.domain import (
    SAME_CARD,
    SAME_PERSON,
    Counts,
    EntryKind,
    Partner,
    PartnerEntry,
    PartnerId,
    PartnerTerms,
    balances_of,
)
from features.partners.ports import PARTNERS_KEY
from features.partners.use_cases.arrive_by_partner import ReferralOutcome
from features.partners.use_cases.payer_check import PayerCheck
from features.partners.use_cases.reconcile_commission import ReconcileCommission
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.people.customers import MeetCustomer, Person
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.reversal import Dispute, DisputeStatus, Refund, RefundStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import PaymentId, TelegramId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.services.withdrawal_policy import Scope
from tests.fakes import samples
from tests.fakes.clock import ManualClock
from tests.fakes.gateway import MemoryGateways
from tests.fakes.memory import Memory
from tests.fakes.shop import POLICY, TRIAL_MARKS, memory_shop
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.features.partners.fakes import Partnering, partnering


async def sold(there: Partnering, who: Customer, plan: ServicePlan, payer: str | None = None) -> Payment:
    """Sell a plan and run the worker. payer: fingerprint of the paying card; None if the provider does
    not report one.
    """
    _, session = await there.shop.checkout(who, plan)
    await there.shop.deliver(*there.shop.provider.pay(session))
    payment = (await there.shop.holding(who, plan)).payments[-1]
    if payer is not None:
        there.shop.provider.payers[payment.payment_key] = payer
    await there.work()
    return payment


DAY = timedelta(days=1)


@pytest.mark.parametrize(("scope", "days_more"), [(Scope.EU, 2), (Scope.OFF, 0)])
async def test_commission_is_held_until_the_withdrawal_period_ends(scope: Scope, days_more: int) -> None:
    """The payment is made on a Saturday. The fourteenth day is a Saturday too, so the right to withdraw lasts until the
    end of the following Monday.
    """
    shop = memory_shop(policy=replace(POLICY, withdrawal=scope))
    there = await partnering(shop, await shop.customer(), hold="14")
    shop.clock.advance((5 - shop.clock.now().weekday()) % 7 * DAY)
    payment = await sold(there, await brought(there), await shop.plan())
    (entry,) = await there.entries()
    assert entry.held_until is not None
    assert (entry.held_until - payment.occurred_at) // DAY == 14 + days_more


@pytest.fixture
async def there() -> Partnering:
    shop = memory_shop()
    return await partnering(shop, await shop.customer())


async def brought(there: Partnering, number: int = 777) -> Customer:
    customer = await there.shop.customer(telegram_id=TelegramId(number))
    assert await there.arrives(customer) is ReferralOutcome.BROUGHT
    return customer


async def test_payment_earns_its_commission_once(there: Partnering) -> None:
    plan, customer = await there.shop.plan(), await brought(there)

    payment = await sold(there, customer, plan)
    await there.work()

    assert await there.lines() == [("earned", payment.amount.minor * 20 // 100)]
    balance = await there.balance()
    assert (balance.held, balance.payable) == (balance.owed, 0)
    there.shop.clock.advance(timedelta(days=30))
    balance = await there.balance()
    assert (balance.held, balance.payable) == (0, balance.owed)


async def test_refunds_reverse_the_commission_without_rounding_loss(there: Partnering) -> None:
    plan, customer = await there.shop.plan(), await brought(there)
    payment = await sold(there, customer, plan)
    whole, third = payment.amount.minor, payment.amount.minor // 3
    earned = whole * 20 // 100

    for key in ("re-1", "re-2"):
        await there.goes_back(payment, third, key)
    await there.goes_back(payment, whole - 2 * third, "re-3")

    first = earned * third // whole
    second = earned * 2 * third // whole - first
    expected = [("earned", earned), ("reversed", first), ("reversed", second), ("reversed", earned - first - second)]
    assert await there.lines() == expected
    assert (await there.balance()).owed == 0


async def test_commission_is_reversed_by_a_dispute_and_restored_when_won(there: Partnering) -> None:
    plan, customer = await there.shop.plan(), await brought(there)
    payment = await sold(there, customer, plan)
    earned = payment.amount.minor * 20 // 100
    about = {"payment_key": "dp-1", "about_payment": payment.payment_key}
    create_event = there.shop.provider.create_event

    await there.shop.deliver(create_event(PaymentEventKind.DISPUTE_OPENED, "dispute.created", **about))
    await there.work()
    assert (await there.balance()).owed == 0
    await there.shop.deliver(create_event(PaymentEventKind.DISPUTE_CLOSED, "dispute.closed", **about, reason="won"))
    await there.work()

    assert await there.lines() == [("earned", earned), ("reversed", earned), ("reversed", -earned)]


async def test_first_payment_terms_pay_a_commission_on_one_payment() -> None:
    shop = memory_shop()
    there = await partnering(shop, await shop.customer(), when="first", commission="5 EUR; 6 USD")
    one, other, customer = await shop.plan(), await shop.plan(name="Otro"), await brought(there)

    payment = await sold(there, customer, one)
    await sold(there, customer, other)
    first = {"EUR": 500, "USD": 600}[payment.amount.currency]
    assert await there.lines() == [("earned", first)]
    await there.goes_back(payment, payment.amount.minor, "re-1", alone=True)

    assert (await there.balance()).owed == first, "a first payment that was given back makes way for another"


@pytest.mark.parametrize(("counting", "earned"), [("month", [599]), ("gold", [999])])
async def test_renewal_after_a_plan_change_earns_the_commission_of_the_new_plan(
    counting: str, earned: list[int]
) -> None:
    """A customer who changed to another plan is charged for that plan since the change."""
    shop = memory_shop()
    plan = await shop.priced(name="Month", soft_id="month", price=Money(2999, "EUR"))
    gold = await shop.priced(name="Gold", soft_id="gold", price=Money(4999, "EUR"))
    there = await partnering(shop, await shop.customer(), plans=counting)
    customer = await brought(there)
    await sold(there, customer, plan)
    subscription = (await shop.holding(customer, plan)).subscription
    assert subscription.provider_ref is not None
    shop.clock.advance(timedelta(days=30))
    shop.provider.change(subscription.provider_ref, price_ref="price-gold", price=gold.price)
    await shop.deliver(shop.provider.renew(subscription.provider_ref, gold.price))
    await there.work()
    assert [minor for kind, minor in await there.lines() if kind == "earned"] == earned


async def test_payment_for_other_plans_or_after_the_end_of_the_agreement_earns_no_commission() -> None:
    shop = memory_shop()
    plan = await shop.plan()
    there = await partnering(shop, await shop.customer(), plans=plan.soft_id)
    other, customer = await shop.plan(name="Otro"), await brought(there)

    await sold(there, customer, other)
    assert await there.lines() == []
    async with shop.units() as uow:
        partner = await uow.of(PARTNERS_KEY).get(there.partner.id, lock=True)
        assert partner is not None
        partner.ended_at = shop.clock.now()
        await uow.of(PARTNERS_KEY).save(partner)
        await uow.commit()
    await sold(there, customer, plan)

    assert await there.lines() == []


async def test_customer_who_returns_after_erasure_earns_no_commission(there: Partnering) -> None:
    plan, customer = await there.shop.plan(), await brought(there)
    await sold(there, customer, plan)
    before = await there.lines()
    await there.shop.cancel(customer.telegram_id, plan.soft_id)
    erase = ErasePerson(there.shop.units, there.shop.clock, GrantAccess(POLICY), TRIAL_MARKS)
    assert (await erase(customer.telegram_id, "asked")).obstacle is None
    async with there.shop.units() as uow:
        stored = await uow.customers.get(customer.id, lock=True)
        assert stored is not None
        await uow.customers.save(replace(stored, telegram_id=stored.stand_in))
        await uow.commit()

    meet = MeetCustomer(there.shop.units, there.shop.clock, TRIAL_MARKS)
    back = await meet(Person(telegram_id=customer.telegram_id, first_name="Ana", username=None, language_code="es"))

    assert back.id != customer.id, "the person is erased"
    assert await there.arrives(back) is ReferralOutcome.KNOWN
    assert await there.lines() == before, "the sums stay without the person"


SEEDS = range(1000)
PARTS = 4


class Books:
    """Payments of two customers of one partner with random refunds and disputes, and the worker's jobs in
    random order.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.memory, self.clock = Memory(), ManualClock(samples.NOON)
        self.reconcile = ReconcileCommission(self.units, self.clock, PayerCheck(self.units, MemoryGateways({})), POLICY)
        self.payments: list[Payment] = []
        self.refunds: list[Refund] = []
        self.disputes: list[Dispute] = []
        self.jobs: list[PaymentId] = []
        self.paid: dict[str, int] = {}

    def units(self) -> MemoryUnitOfWork:
        return MemoryUnitOfWork(self.memory)

    async def open(self) -> None:
        self.owner, self.plan = samples.customer(telegram_id=TelegramId(1)), samples.plan()
        self.partner = Partner(
            id=PartnerId(new_uuid()), code="SOCIA", customer_id=self.owner.id, created_at=self.clock.now()
        )
        self.terms = PartnerTerms(
            partner_id=self.partner.id,
            number=1,
            basis_points=self.random.choice((1, 333, 1250, 9999, 10_000)),
            counts=Counts.EACH,
            months=120,
            hold_days=14,
            since=self.clock.now(),
        )
        self.buyers = [
            replace(samples.customer(telegram_id=TelegramId(n)), id=new_uuid(), brought_by=self.partner.id)
            for n in (2, 3)
        ]
        async with self.units() as uow:
            for customer in (self.owner, *self.buyers):
                assert await uow.customers.add_if_new(customer)
            await uow.plans.save(self.plan)
            assert await uow.of(PARTNERS_KEY).add_if_new(self.partner)
            await uow.of(PARTNERS_KEY).add_terms(self.terms)
            await uow.commit()

    async def step(self) -> None:
        await self.random.choice(
            (self.pay, self.refund, self.fail, self.dispute, self.decide, self.payout, self.work)
        )()
        self.clock.advance(timedelta(days=self.random.choice((0, 1, 9))))

    async def pay(self) -> None:
        order = samples.order(self.random.choice(self.buyers), self.plan, id=new_uuid(), status=OrderStatus.PAID)
        amount = Money(self.random.randint(1, 9_999), self.random.choice(("EUR", "XTR")))
        made = samples.payment(
            order, id=new_uuid(), payment_key=str(new_uuid()), amount=amount, occurred_at=self.clock.now()
        )
        async with self.units() as uow:
            assert await uow.orders.add_if_new(order)
            assert await uow.payments.add_if_new(made)
            await uow.commit()
        self.payments.append(made)
        self.jobs.append(made.id)

    async def refund(self) -> None:
        payment = self.random.choice(self.payments or [None])
        left = payment.amount.minor - sum(r.amount.minor for r in self._given(payment)) if payment else 0
        if payment is None or not left:
            return
        minor = left if self.random.random() < 0.4 else self.random.randint(1, left)
        now, amount = self.clock.now(), Money(minor, payment.amount.currency)
        made = Refund.give("acme", str(new_uuid()), payment.id, amount, occurred_at=now, now=now)
        await self._save(refund=made)
        self.refunds.append(made)

    async def fail(self) -> None:
        given = [each for each in self.refunds if each.status is RefundStatus.GIVEN]
        if given:
            failed = self.random.choice(given)
            failed.status = RefundStatus.REVERSED
            await self._save(refund=failed)

    async def dispute(self) -> None:
        if self.payments:
            payment = self.random.choice(self.payments)
            made = Dispute.begin("acme", str(new_uuid()), payment.id, DisputeStatus.OPEN, self.clock.now())
            self.disputes.append(made)
            await self._save(dispute=made)

    async def decide(self) -> None:
        waiting = [each for each in self.disputes if each.status is DisputeStatus.OPEN]
        if waiting:
            decided = self.random.choice(waiting)
            decided.settle(self.random.choice((DisputeStatus.WON, DisputeStatus.LOST)), self.clock.now())
            await self._save(dispute=decided)

    async def payout(self) -> None:
        """Record a payout of the payable amount or a part of it, as the staff command does."""
        async with self.units() as uow:
            entries = await uow.of(PARTNERS_KEY).entries(self.partner.id)
            for balance in balances_of(entries, self.clock.now()):
                if not balance.payable:
                    continue
                minor = self.random.randint(1, balance.payable)
                paid = PartnerEntry(
                    id=new_uuid(),
                    partner_id=self.partner.id,
                    kind=EntryKind.PAID,
                    amount=balance.money(minor),
                    reference=str(new_uuid()),
                    at=self.clock.now(),
                )
                assert await uow.of(PARTNERS_KEY).add_entry(paid)
                self.paid[balance.currency] = self.paid.get(balance.currency, 0) + minor
            await uow.commit()

    async def work(self) -> None:
        """Run some of the queued jobs in random order, and queue some of them again."""
        self.random.shuffle(self.jobs)
        for _ in range(min(len(self.jobs), 3)):
            payment_id = self.jobs.pop()
            await self.reconcile(payment_id)
            if self.random.random() < 0.3:
                self.jobs.append(payment_id)

    async def finish(self) -> None:
        while self.jobs:
            await self.reconcile(self.jobs.pop())

    async def ledger(self) -> list[PartnerEntry]:
        async with self.units() as uow:
            return list(await uow.of(PARTNERS_KEY).entries(self.partner.id))

    def returned(self, payment: Payment) -> int:
        """Return the reversed amount of a payment according to the provider's records, calculated independently of the
        product.
        """
        if any(d.payment_id == payment.id and d.status in {"open", "lost"} for d in self.disputes):
            return payment.amount.minor
        return sum(refund.amount.minor for refund in self._given(payment))

    def _given(self, payment: Payment | None) -> list[Refund]:
        return [r for r in self.refunds if payment and r.payment_id == payment.id and r.status is RefundStatus.GIVEN]

    async def _save(self, refund: Refund | None = None, dispute: Dispute | None = None) -> None:
        async with self.units() as uow:
            if refund is not None:
                await uow.reversals.save_refund(refund)
                self.jobs.append(refund.payment_id)
            if dispute is not None:
                await uow.reversals.save_dispute(dispute)
                self.jobs.append(dispute.payment_id)
            await uow.commit()


@pytest.mark.parametrize("hundred", range(0, len(SEEDS), 100))
async def test_balance_equals_earned_less_reversed_less_paid_in_any_order_of_events(hundred: int) -> None:
    for seed in SEEDS[hundred : hundred + 100]:
        books = Books(seed)
        await books.open()
        before: list[PartnerEntry] = []
        for _ in range(16):
            await books.step()
            entries = await books.ledger()
            assert {each.id: each for each in before}.items() <= {each.id: each for each in entries}.items()
            before = entries
        await books.finish()
        await books.finish()
        entries = await books.ledger()
        for payment in books.payments:
            own = [entry for entry in entries if entry.payment_id == payment.id]
            earned = sum(entry.amount.minor for entry in own if entry.kind is EntryKind.EARNED)
            back = sum(entry.amount.minor for entry in own if entry.kind is EntryKind.REVERSED)
            whole, returned = payment.amount.minor, books.returned(payment)
            commission = whole * (books.terms.basis_points or 0) // 10_000
            assert earned in ({0, commission} if returned == whole else {commission}), seed
            assert back == earned * returned // whole, seed
        for balance in balances_of(entries, books.clock.now()):
            of_currency = [entry for entry in entries if entry.amount.currency == balance.currency]
            owed = sum(
                entry.amount.minor if entry.kind is EntryKind.EARNED else -entry.amount.minor for entry in of_currency
            )
            assert balance.owed == balance.earned - balance.reversed - balance.paid == owed, seed
            assert balance.paid == books.paid.get(balance.currency, 0), seed
            assert balance.payable <= max(balance.owed, 0), seed


async def both_paid() -> tuple[Partnering, Payment, Payment]:
    """Create a partner who paid for a plan, and a paying customer of the partner; return both payments."""
    shop = memory_shop()
    owner, plan = await shop.customer(), await shop.plan()
    there = await partnering(shop, owner)
    brought = await shop.customer(telegram_id=TelegramId(777))
    await there.arrives(brought)
    for each in (owner, brought):
        _, session = await shop.checkout(each, plan)
        await shop.deliver(*shop.provider.pay(session))
    async with shop.units() as uow:
        own, paid = [(await uow.payments.of_customer(each.id, 1))[0] for each in (owner, brought)]
    return there, own, paid


async def test_payment_by_the_partners_own_card_earns_no_commission() -> None:
    there, own, paid = await both_paid()
    shop = there.shop
    shop.provider.payers |= {own.payment_key: "visa-1", paid.payment_key: "visa-1"}

    await there.work()
    await there.work()

    first, second = await there.entries()
    assert (first.kind, second.kind, second.reference) == (EntryKind.EARNED, EntryKind.REVERSED, SAME_CARD)
    assert first.amount == second.amount
    assert shop.memory is not None
    refusals = [line for line in shop.memory.tables["audit_log"] if line.action == "partner.refuse"]
    assert [(line.subject, line.reason) for line in refusals] == [(str(paid.customer_id), SAME_CARD)]
    await there.goes_back(paid, paid.amount.minor, "re-1")
    assert (await there.balance()).owed == 0, "a refund takes nothing a second time"


@pytest.mark.parametrize("is_lost", [False, True], ids=["second account added", "account transferred"])
async def test_payment_by_another_account_of_the_partner_earns_no_commission(is_lost: bool) -> None:
    """The account opened the link before the partner verified ownership of the account."""
    shop = memory_shop()
    owner, plan = await shop.customer(), await shop.plan()
    there = await partnering(shop, owner)
    second = await brought(there)
    await there.names(second.telegram_id)
    if is_lost:
        await there.moves_to(second.telegram_id)
        second = replace(second, telegram_id=owner.telegram_id)

    await sold(there, second, plan)

    assert [(each.kind, each.refusal) for each in await there.entries()] == [
        (EntryKind.EARNED, ""),
        (EntryKind.REVERSED, SAME_CARD),
    ]
    assert (await there.balance()).owed == 0


@pytest.mark.parametrize("cards", [{}, {"own": "visa-1"}, {"own": "visa-1", "paid": "visa-2"}])
async def test_payment_by_a_card_not_known_to_be_the_partners_earns_a_commission(cards: dict[str, str]) -> None:
    there, own, paid = await both_paid()
    keys = {"own": own.payment_key, "paid": paid.payment_key}
    there.shop.provider.payers |= {keys[name]: card for name, card in cards.items()}

    await there.work()

    assert [kind for kind, _ in await there.lines()] == ["earned"]


@pytest.mark.parametrize(
    ("when", "entries"),
    [("first", ["earned", "earned", "reversed"]), ("each", ["earned", "earned"])],
)
async def test_second_account_with_the_same_card_earns_no_commission_if_only_first_payments_count(
    when: str, entries: list[str]
) -> None:
    shop = memory_shop()
    there, plan = await partnering(shop, await shop.customer(), when=when), await shop.plan()

    await sold(there, await brought(there), plan, "visa-1")
    await sold(there, await brought(there, 778), plan, "visa-1")

    assert sorted(kind for kind, _ in await there.lines()) == entries
    refusals = [entry.refusal for entry in await there.entries() if entry.refusal]
    assert refusals == [SAME_PERSON] * entries.count("reversed")


async def test_first_payment_of_a_second_account_earns_a_commission_if_the_first_was_refunded() -> None:
    shop = memory_shop()
    there, plan = await partnering(shop, await shop.customer(), when="first"), await shop.plan()
    first = await sold(there, await brought(there), plan, "visa-1")
    await there.goes_back(first, first.amount.minor, "re-1")

    payment = await sold(there, await brought(there, 778), plan, "visa-1")

    assert (await there.balance()).owed == payment.amount.minor * 20 // 100
