"""Check that every counted payment has one numbered receipt and every refund one credit note, and that there are no
others.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from subscriptions.application.dto.policy import Policy
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.services.vat import read_rates, tax_within
from subscriptions.domain.services.zones import Zones
from tests.fakes.shop import POLICY, Shop, memory_shop

PRICE = Money(2999, "EUR")
ISSUER = "Retador S.L. · B12345678"


@pytest.fixture
def shop() -> Shop:
    return memory_shop(Policy(brand=POLICY.brand, base_url=POLICY.base_url, legal_identity=ISSUER))


async def bought(shop: Shop, **more: Any) -> tuple[Customer, ServicePlan, PaymentEvent]:
    """Create a customer who bought a renewing plan, and return the customer, the plan and the payment event."""
    plan, ana = await shop.plan(), await shop.customer(first_name="Ana", username="ana")
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay(session, **more)[1]
    await shop.deliver(paid)
    return ana, plan, paid


async def receipts(shop: Shop, of: Customer) -> Sequence[Receipt]:
    """Return the customer's receipts, oldest first."""
    async with shop.units() as uow:
        return list(reversed(await uow.receipts.of_customer(of.id, 100)))


def reported(
    shop: Shop, kind: PaymentEventKind, about: PaymentEvent, key: str, amount: Money, **more: Any
) -> PaymentEvent:
    shop.clock.advance(timedelta(seconds=1))
    facts = {"payment_key": key, "amount": amount, "amount_refunded": amount, "order_id": about.order_id}
    return shop.provider.create_event(kind, f"money.{kind}", about_payment=about.payment_key, **facts, **more)


async def test_payment_reported_repeatedly_has_one_receipt(shop: Shop) -> None:
    ana, plan, paid = await bought(shop, tax=Money(521, "EUR"))
    await shop.deliver(dataclasses.replace(paid, event_key="again"))
    (receipt,) = await receipts(shop, ana)
    assert receipt.label == "R2026-00001"
    assert (receipt.amount, receipt.tax, receipt.issuer) == (PRICE, Money(521, "EUR"), ISSUER)
    assert (receipt.plan_name, receipt.provider, receipt.customer_ref) == (
        plan.name,
        "acme",
        f"{ana.telegram_id} · @ana",
    )


async def test_tax_not_reported_by_the_provider_is_calculated_at_the_current_rate(shop: Shop) -> None:
    shop = memory_shop(dataclasses.replace(POLICY, vat_rate=Decimal(21)))
    ana, _, paid = await bought(shop)
    part = Money(100, "EUR")
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", part))
    assert [item.tax_minor for item in await receipts(shop, ana)] == [520, 17]
    bea, _, _ = await bought(shop, tax=Money(500, "EUR"))
    assert [item.tax_minor for item in await receipts(shop, bea)] == [500]


async def test_tax_rate_of_the_buyers_country_applies_if_the_operator_declares_tax_there() -> None:
    shop = memory_shop(dataclasses.replace(POLICY, vat_rate=Decimal(21), vat_rates={"PT": Decimal(23)}))
    ana, _, paid = await bought(shop, country="PT")
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", PRICE))
    assert [(item.country, item.tax_minor) for item in await receipts(shop, ana)] == [("PT", 561), ("PT", 561)]
    for elsewhere in ("DE", None):
        bea, _, _ = await bought(shop, country=elsewhere)
        assert [(item.country, item.tax_minor) for item in await receipts(shop, bea)] == [(elsewhere, 520)]


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("", {}),
        ("PT=23, fr=20", {"PT": Decimal(23), "FR": Decimal(20)}),
        ("IE=13.5,DE=0", {"IE": Decimal("13.5"), "DE": Decimal(0)}),
    ],
)
def test_tax_rates_by_country_are_parsed(text: str, rates: dict[str, Decimal]) -> None:
    assert read_rates(text) == rates


@pytest.mark.parametrize("text", ["23", "PT", "PT=many", "POR=23", "PT=51", "PT=-1", "PT=NaN"])
def test_invalid_country_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="PT=23"):
        read_rates(text)


def test_stars_payment_contains_no_tax() -> None:
    assert tax_within(Money(1500, "XTR"), Decimal(21)) is None
    assert tax_within(Money(1500, "EUR"), None) is None


async def test_each_renewal_has_a_receipt(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    for _ in range(2):
        shop.clock.advance(timedelta(days=30))
        await shop.deliver(shop.provider.renew(str(paid.subscription_ref), PRICE))
    assert [item.label for item in await receipts(shop, ana)] == ["R2026-00001", "R2026-00002", "R2026-00003"]


async def test_each_refund_has_a_credit_note_with_its_share_of_the_tax(shop: Shop) -> None:
    ana, _, paid = await bought(shop, tax=Money(521, "EUR"))
    first = reported(shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR"))
    second = reported(shop, PaymentEventKind.REFUND, paid, "re-2", Money(1999, "EUR"))
    await shop.deliver(first, second, dataclasses.replace(first, event_key="again"))
    own, *notes = await receipts(shop, ana)
    assert [(note.label, str(note.signed_amount), note.tax_minor, note.corrects) for note in notes] == [
        ("A2026-00001", "-10.00€", 174, own.id),
        ("A2026-00002", "-19.99€", 347, own.id),
    ]


async def test_eleven_partial_refunds_return_the_whole_tax(shop: Shop) -> None:
    shop = memory_shop(dataclasses.replace(POLICY, vat_rate=Decimal(21)))
    plan, ana = await shop.plan(price=Money(1001, "EUR")), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay(session)[1]
    await shop.deliver(paid)
    for number in range(11):
        await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, f"re-{number}", Money(91, "EUR")))
    own, *notes = await receipts(shop, ana)
    assert (own.tax_minor, sum(note.tax_minor or 0 for note in notes)) == (174, 174)
    assert {note.tax_minor for note in notes} == {15, 16}


async def test_receipt_for_a_reversed_refund_has_the_tax_of_its_credit_note(shop: Shop) -> None:
    ana, _, paid = await bought(shop, tax=Money(521, "EUR"))
    for number, minor in enumerate((3, 3, 2993)):
        await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, f"re-{number}", Money(minor, "EUR")))
        if number < 2:
            back = reported(shop, PaymentEventKind.REFUND, paid, f"re-{number}", Money(minor, "EUR"), reason="reversed")
            await shop.deliver(back)
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-3", Money(6, "EUR")))
    found = await receipts(shop, ana)
    signed = [item.signed_tax.minor for item in found if item.signed_tax is not None]
    assert (len(signed), sum(signed)) == (7, 0)
    assert signed[1] + signed[2] == 0 == signed[3] + signed[4]


async def test_reversal_of_a_refund_has_a_receipt(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", PRICE))
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", PRICE, reason="reversed"))
    assert [str(item.signed_amount) for item in await receipts(shop, ana)] == ["29.99€", "-29.99€", "29.99€"]


async def test_credit_note_of_a_lost_dispute_covers_the_amount_not_yet_refunded(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", Money(999, "EUR")))
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_OPENED, paid, "dp-1", PRICE))
    assert len(await receipts(shop, ana)) == 2
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", PRICE, reason="lost"))
    assert [str(item.signed_amount) for item in await receipts(shop, ana)] == ["29.99€", "-9.99€", "-20.00€"]


async def test_amount_reversed_by_dispute_and_refund_has_one_credit_note(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_OPENED, paid, "dp-1", PRICE))
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", PRICE, reason="lost"))
    refund = reported(shop, PaymentEventKind.REFUND, paid, "re-1", PRICE)
    await shop.deliver(refund, dataclasses.replace(refund, event_key="again"))
    assert [str(item.signed_amount) for item in await receipts(shop, ana)] == ["29.99€", "-29.99€"]
    await shop.deliver(reported(shop, PaymentEventKind.REFUND, paid, "re-1", PRICE, reason="reversed"))
    assert len(await receipts(shop, ana)) == 2, "what it took back was the dispute's"


async def test_won_dispute_creates_no_receipt_or_credit_note(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_OPENED, paid, "dp-1", PRICE))
    await shop.deliver(reported(shop, PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", PRICE, reason="won"))
    assert len(await receipts(shop, ana)) == 1


async def test_payment_under_review_has_no_receipt(shop: Shop) -> None:
    plan, ana = await shop.plan(), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay(session, amount=Money(1, "EUR"))[1])
    assert await receipts(shop, ana) == []


async def test_trial_has_no_receipt(shop: Shop) -> None:
    plan, ana = await shop.plan(trial_days=7), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 7))
    assert await receipts(shop, ana) == []


@pytest.mark.parametrize(
    "tax", [Money(521, "USD"), Money(9999, "EUR")], ids=["another currency", "more than the payment"]
)
async def test_tax_in_another_currency_or_above_the_payment_is_not_recorded(shop: Shop, tax: Money) -> None:
    ana, _, _ = await bought(shop, tax=tax)
    assert [item.tax for item in await receipts(shop, ana)] == [None]


async def test_receipt_numbers_restart_each_year(shop: Shop) -> None:
    ana, _, paid = await bought(shop)
    shop.clock.advance(timedelta(days=366))
    await shop.deliver(shop.provider.renew(str(paid.subscription_ref), PRICE))
    assert [item.label for item in await receipts(shop, ana)] == ["R2026-00001", "R2027-00001"]


@pytest.mark.parametrize(
    ("zone", "moment", "label"),
    [
        ("Europe/Madrid", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "R2027-00001"),
        ("Atlantic/Canary", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "R2026-00001"),
        ("America/Bogota", datetime(2027, 1, 1, 4, 59, tzinfo=UTC), "R2026-00001"),
        ("America/Bogota", datetime(2027, 1, 1, 5, 0, tzinfo=UTC), "R2027-00001"),
    ],
)
async def test_receipt_year_follows_the_operators_time_zone(zone: str, moment: datetime, label: str) -> None:
    shop = memory_shop(dataclasses.replace(POLICY, zones=Zones.parse(zone)))
    shop.clock.advance(moment - shop.clock.now())
    ana, _, _ = await bought(shop)
    assert [item.label for item in await receipts(shop, ana)] == [label]
