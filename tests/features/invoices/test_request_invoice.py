"""Invoice requests: a customer gives a tax number, and the operator's programs receive all facts required for an
invoice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pytest

from features.invoices.domain.events import InvoiceRequested
from features.invoices.domain.invoice import Buyer, InvoiceIssuer, Invoicing
from features.invoices.use_cases.invoice_receipt import InvoiceReceipt
from features.invoices.use_cases.request_invoice import InvoiceRefused, RequestInvoice
from subscriptions.application import routing
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.fakes.memory import Memory
from tests.fakes.shop import POLICY, Shop
from tests.fakes.unit_of_work import MemoryUnitOfWork
from tests.unit.application.payments.test_issue_receipts import bought, receipts, reported

ANA = Buyer(tax_id="12.345.678-z", name=" Ana  García ", address="Calle Mayor 1, 28013 Madrid")


@dataclasses.dataclass
class Desk:
    """Shop that sends the data of requested invoices to the operator's programs, and the data sent."""

    shop: Shop
    invoices: RequestInvoice
    outside: list[Mapping[str, str]]

    async def newest(self, of: Customer) -> Receipt:
        return (await receipts(self.shop, of))[-1]

    async def back(self, paid: PaymentEvent, amount: Money) -> None:
        await self.shop.deliver(reported(self.shop, PaymentEventKind.REFUND, paid, f"re-{amount.minor}", amount))


@pytest.fixture
def desk() -> Desk:
    memory, outside = Memory(), list[Mapping[str, str]]()
    policy = dataclasses.replace(POLICY, legal_identity="Retador S.L.")
    invoicing = Invoicing(way=InvoiceIssuer.HANDOVER)

    def route(event: DomainEvent) -> Sequence[object]:
        if isinstance(event, InvoiceRequested):
            happened = routing.webhook_event_of(event)
            assert happened is not None
            outside.append(happened.facts)
        return routing.jobs_for(event)

    shop = Shop(
        lambda: MemoryUnitOfWork(memory, route),  # type: ignore[arg-type]
        memory=memory,
        policy=policy,
        follow_receipts=[InvoiceReceipt(lambda: invoicing)],
    )
    return Desk(shop, RequestInvoice(shop.units, shop.clock, lambda: invoicing), outside)


async def test_invoice_data_are_sent_to_the_operators_programs_once(desk: Desk) -> None:
    ana, plan, _ = await bought(desk.shop, tax=Money(521, "EUR"), country="ES")
    receipt = await desk.newest(ana)
    assert (await desk.invoices(ana.telegram_id, "", ANA)).id == receipt.id
    (facts,) = desk.outside
    assert facts == {
        "receipt": "R2026-00001",
        "series": "R2026",
        "kind": "receipt",
        "corrects": "",
        "issued_at": receipt.issued_at.isoformat(),
        "description": plan.name,
        "amount_minor": "2999",
        "amount_currency": "EUR",
        "tax_minor": "521",
        "country": "ES",
        "buyer_tax_id": "12345678Z",
        "buyer_name": "Ana García",
        "buyer_address": "Calle Mayor 1, 28013 Madrid",
    }
    for label in ("", receipt.label):
        with pytest.raises(InvoiceRefused, match="asked"):
            await desk.invoices(ana.telegram_id, label, ANA)
    assert len(desk.outside) == 1


async def test_refunds_before_and_after_the_invoice_request_are_sent(desk: Desk) -> None:
    ana, _, paid = await bought(desk.shop)
    await desk.back(paid, Money(500, "EUR"))
    assert desk.outside == []
    await desk.invoices(ana.telegram_id, "R2026-00001", ANA)
    await desk.back(paid, Money(700, "EUR"))
    assert [(each["receipt"], each["corrects"], each["buyer_tax_id"]) for each in desk.outside] == [
        ("R2026-00001", "", "12345678Z"),
        ("A2026-00001", "R2026-00001", "12345678Z"),
        ("A2026-00002", "R2026-00001", "12345678Z"),
    ]


async def test_next_invoice_of_a_customer_reuses_the_buyer_data(desk: Desk) -> None:
    ana, _, paid = await bought(desk.shop)
    await desk.invoices(ana.telegram_id, "", ANA)
    await desk.shop.deliver(desk.shop.provider.renew(paid.subscription_ref or "", paid.amount))
    receipt = await desk.newest(ana)
    assert receipt.label == "R2026-00002"
    _, buyer = await desk.invoices.offer(ana.telegram_id, receipt.id)
    assert buyer is not None
    assert (buyer.tax_id, buyer.name) == ("12345678Z", "Ana García")
    await desk.invoices.reissue(ana.telegram_id, receipt.id)
    assert [each["receipt"] for each in desk.outside] == ["R2026-00001", "R2026-00002"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tax_id": "12345678A"}, "tax_id"),
        ({"tax_id": ""}, "tax_id"),
        ({"name": " "}, "name"),
        ({"name": "a" * 121}, "name"),
        ({"address": ""}, "address"),
    ],
)
async def test_missing_or_invalid_field_of_an_invoice_request_is_named(
    desk: Desk, change: dict[str, str], why: str
) -> None:
    ana, _, _ = await bought(desk.shop)
    with pytest.raises(InvoiceRefused) as refusal:
        await desk.invoices(ana.telegram_id, "", dataclasses.replace(ANA, **change))
    assert (refusal.value.reason, desk.outside) == (why, [])


async def test_invoice_request_is_refused_for_another_customers_or_refunded_receipt_and_while_disabled(
    desk: Desk,
) -> None:
    ana, _, paid = await bought(desk.shop)
    bea = await desk.shop.customer()
    receipt = await desk.newest(ana)
    for label in ("R2026-00001", ""):
        with pytest.raises(InvoiceRefused, match="unknown"):
            await desk.invoices(bea.telegram_id, label, ANA)
    with pytest.raises(InvoiceRefused, match="unknown"):
        await desk.invoices.offer(bea.telegram_id, receipt.id)
    assert paid.amount is not None
    await desk.back(paid, paid.amount)
    for label in ("R2026-00001", "A2026-00001"):
        with pytest.raises(InvoiceRefused, match="back"):
            await desk.invoices(ana.telegram_id, label, ANA)
    off = RequestInvoice(desk.shop.units, desk.shop.clock, Invoicing)
    with pytest.raises(InvoiceRefused, match="off"):
        await off(ana.telegram_id, "", ANA)
