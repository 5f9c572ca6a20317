"""Staff commands for partners: add a partner, change terms, end a partner, and record a payout."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from features.partners.domain import Counts, terms_at
from features.partners.ports import PARTNERS_KEY
from features.partners.terms import COMMISSION
from subscriptions.application.dto.typed_answers import Answer
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.views.amounts import rewritten
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.features.partners.fakes import Partnering, partnering

PAYOUT = "record_payout"


@pytest.fixture
async def there() -> Partnering:
    shop = memory_shop()
    return await partnering(shop, await shop.customer())


async def earning(there: Partnering) -> int:
    """Record a payment by a customer, advance the clock past the hold, and return the commission."""
    plan, customer = await there.shop.plan(), await there.shop.customer(telegram_id=TelegramId(777))
    await there.arrives(customer)
    _, session = await there.shop.checkout(customer, plan)
    await there.shop.deliver(*there.shop.provider.pay(session))
    await there.work()
    return (await there.entries())[0].amount.minor


async def refused(there: Partnering, act: str, subject: object, **answers: object) -> dict[str, str]:
    with pytest.raises(InputsRefused) as caught:
        await Staff(there.shop)(SHELL, act, subject, **answers)
    return {name: wrong.key for name, wrong in caught.value.errors.items()}


async def test_payment_in_the_second_the_agreement_starts_earns_a_commission() -> None:
    shop = memory_shop()
    shop.clock.advance(timedelta(milliseconds=700))

    there = await partnering(shop, await shop.customer())

    async with shop.units() as uow:
        (terms,) = await uow.of(PARTNERS_KEY).terms(there.partner.id)
    whole_seconds = shop.clock.now().replace(microsecond=0)
    assert terms_at([terms], whole_seconds) == terms
    assert there.partner.works_at(whole_seconds)


@pytest.mark.parametrize(
    ("said", "basis_points", "sums"),
    [
        ("20%", 2000, ()),
        ("12,5 %", 1250, ()),
        ("0.25 %", 25, ()),
        ("5 €", None, (Money(500, "EUR"),)),
        ("$6.50; 5 EUR", None, (Money(500, "EUR"), Money(650, "USD"))),
        ("100 XTR", None, (Money(100, "XTR"),)),
    ],
)
async def test_commission_is_a_percentage_or_a_fixed_amount(
    said: str, basis_points: int | None, sums: tuple[Money, ...]
) -> None:
    shop = memory_shop()
    there = await partnering(shop, await shop.customer(), commission=said, when="first")
    async with shop.units() as uow:
        (terms,) = await uow.of(PARTNERS_KEY).terms(there.partner.id)
    assert (terms.basis_points, terms.moneys, terms.months) == (basis_points, sums, None)


@pytest.mark.parametrize("said", ["20%", "12,5 %", "0.25 %", "5 €", "$6.50; 5 EUR", "100 XTR", "12.5 KWD; 1 EUR"])
def test_commission_stored_by_a_dialogue_is_parsed_to_the_same_commission(said: str) -> None:
    # A dialogue in the chat stores the parsed answer, and the staff command parses it again.
    kept = COMMISSION.parse(Answer(said), {})
    assert COMMISSION.parse(Answer(kept), {}) == kept
    assert rewritten(kept, "es") != kept


@pytest.mark.parametrize(
    ("field", "said", "wrong"),
    [
        ("commission", "0 %", "commission"),
        ("commission", "101 %", "commission"),
        ("commission", "5", "share_bare"),
        ("commission", "5 EUR; 6 EUR", "commission"),
        ("commission", "mucho", "amount_unread"),
        ("when", "nunca", "not_offered"),
        ("months", "121", "months_range"),
        ("months", "un año", "months"),
        ("hold", "13", "hold_range"),
        ("plans", "no-existe", "partner_plans"),
        ("code", "ñ", "partner_code"),
        ("code", "socia", "partner_code_taken"),
    ],
)
async def test_refusal_of_invalid_partner_terms_names_the_field(
    there: Partnering, field: str, said: str, wrong: str
) -> None:
    other = await there.shop.customer(telegram_id=TelegramId(778))
    answers = {"code": "OTRA", "commission": "20 %", "when": "each", "months": "", "plans": "", "hold": ""}

    assert await refused(there, "add_partner", other.id, **answers | {field: said}) == {field: wrong}
    async with there.shop.units() as uow:
        assert await uow.of(PARTNERS_KEY).of_customer(other.id) is None


async def test_changed_terms_apply_to_later_payments(there: Partnering) -> None:
    earned = await earning(there)
    there.shop.clock.advance(timedelta(days=1))

    said = {"commission": "50 %", "when": "first", "months": "", "plans": "", "hold": "14"}
    outcome = await Staff(there.shop)(SHELL, "change_terms", there.partner.id, **said)
    await there.work()

    assert (outcome.name, outcome.facts["commission"]) == ("changed", "50%")
    assert await there.lines() == [("earned", earned)]
    async with there.shop.units() as uow:
        first, second = await uow.of(PARTNERS_KEY).terms(there.partner.id)
    assert (first.counts, second.counts, second.hold_days) == (Counts.EACH, Counts.FIRST, 14)


async def test_partner_is_not_added_or_ended_twice(there: Partnering) -> None:
    said = {"code": "OTRA", "commission": "20 %", "when": "each", "months": "", "plans": "", "hold": ""}
    with pytest.raises(NothingToDo):
        await Staff(there.shop)(SHELL, "add_partner", there.partner.customer_id, **said)
    await Staff(there.shop)(SHELL, "end_partner", there.partner.id)
    with pytest.raises(NothingToDo):
        await Staff(there.shop)(SHELL, "end_partner", there.partner.id)


async def test_payout_is_limited_to_the_amount_no_longer_on_hold(there: Partnering) -> None:
    earned = await earning(there)
    currency = (await there.balance()).currency
    whole = Money(earned, currency)
    more = Money(earned + 1, currency)

    def said(money: Money, reference: str) -> dict[str, object]:
        return {"payout": f"{money.plain} {money.currency}", "reference": reference}

    assert await refused(there, PAYOUT, "socia", **said(whole, "T-1")) == {"payout": "payout_more"}, "held"
    there.shop.clock.advance(timedelta(days=30))
    assert await refused(there, PAYOUT, "socia", **said(more, "T-1")) == {"payout": "payout_more"}
    assert await refused(there, PAYOUT, "socia", payout="0 EUR", reference="T-1") == {"payout": "payout"}

    operation = uuid4()
    for _ in range(2):
        await Staff(there.shop)(SHELL, PAYOUT, "socia", operation, **said(whole, "T-1"))

    assert await there.lines() == [("earned", earned), ("paid", earned)]
    assert (await there.balance()).owed == 0
    assert await refused(there, PAYOUT, "socia", **said(whole, "T-1")) == {"reference": "payout_repeated"}
    assert there.shop.memory is not None
    (line,) = [each for each in there.shop.memory.tables["audit_log"] if each.reason == "paid by staff"]
    assert line.facts == {"code": "SOCIA", "amount": f"{whole.plain} {currency}", "reference": "T-1"}


async def test_refund_after_the_payout_reduces_the_next_balance(there: Partnering) -> None:
    earned = await earning(there)
    currency = (await there.balance()).currency
    there.shop.clock.advance(timedelta(days=30))
    payout = Money(earned, currency)
    await Staff(there.shop)(SHELL, PAYOUT, "socia", payout=f"{payout.plain} {currency}", reference="T-1")
    payment_id = (await there.entries())[0].payment_id
    assert payment_id is not None
    async with there.shop.units() as uow:
        payment = await uow.payments.get(payment_id)
    assert payment is not None
    await there.goes_back(payment, payment.amount.minor, "re-1")

    balance = await there.balance()
    assert (balance.owed, balance.payable) == (-earned, 0)
