"""Issue of invoices: each invoice is a record appended to a chain, and invoice numbers have no gap and are never
reused.
"""

from __future__ import annotations

import dataclasses
from uuid import UUID, uuid4

import pytest

from bot.screens.notices import render
from features.invoices.domain.chain import hash_of
from features.invoices.domain.invoice import InvoiceKind, InvoiceRecord, RecordKind, RecordState
from features.invoices.messages import INVOICE
from features.invoices.ports import INVOICES_KEY
from features.invoices.use_cases.request_invoice import InvoiceRefused
from features.invoices.use_cases.show_invoices import ShowInvoices
from subscriptions.application.messages.announce import Announce
from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.messages import UNDER_WAY
from tests.fakes.staff import Staff
from tests.fakes.telegram import MemoryNotifier
from tests.features.invoices.fakes import ANA, ISSUER, Counter, counter
from tests.unit.application.payments.test_issue_receipts import bought, receipts, reported


@pytest.fixture
def desk() -> Counter:
    return counter()


async def answered(desk: Counter, state: RecordState) -> None:
    async with desk.shop.units() as uow:
        for record in await uow.of(INVOICES_KEY).list_waiting(100):
            record.state = state
            await uow.of(INVOICES_KEY).save_answer(record)
        await uow.commit()


async def test_invoice_is_issued_once_and_describes_the_sale(desk: Counter) -> None:
    ana, plan, _ = await bought(desk.shop, country="ES")
    await desk.request_invoice(ana.telegram_id, "", ANA)
    for _ in range(2):
        await desk.work()
    (record,) = await desk.chain()
    assert (record.label, record.kind_of_invoice, record.position) == ("F2026-00001", "F1", 1)
    assert (record.total_minor, record.tax_minor, str(record.rate)) == (2999, 520, "21")
    assert (record.buyer_tax_id, record.buyer_name, record.description) == ("12345678Z", "Ana García", plan.name)
    assert record.hash == hash_of(record)
    assert record.link.startswith("https://prewww2.aeat.es/wlpl/TIKE-CONT/ValidarQR?nif=B12345674&numserie=F2026-00001")
    assert [each["kind"] for each in await desk.shop.jobs("bot.announce")].count("invoice") == 1
    assert await ShowInvoices(desk.shop.units)(ana.telegram_id) == [record]


async def test_partial_refund_is_invoiced_as_a_correction_of_the_difference(desk: Counter) -> None:
    ana, _, paid = await bought(desk.shop)
    await desk.request_invoice(ana.telegram_id, "", ANA)
    await desk.shop.deliver(reported(desk.shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR")))
    receipt, note = await receipts(desk.shop, ana)
    with pytest.raises(RetryLater):
        await desk.issue_invoice(note.id, RecordKind.INVOICE, 0)
    await desk.work()
    invoice, correction = await desk.chain()
    assert (correction.label, correction.kind_of_invoice, correction.corrects) == ("FR2026-00001", "R1", "F2026-00001")
    assert (correction.total_minor, correction.tax_minor, correction.rate) == (-1000, -173, invoice.rate)
    assert (correction.position, correction.before, correction.before_hash) == (2, invoice.label, invoice.hash)
    assert invoice.receipt_id == receipt.id


async def test_sale_without_an_invoice_request_gets_a_simplified_invoice_that_its_refund_corrects() -> None:
    desk = counter(simplified=True)
    ana, _, paid = await bought(desk.shop)
    await desk.shop.deliver(reported(desk.shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR")))
    for _ in range(2):
        await desk.work()
    simplified, correction = await desk.chain()
    assert (simplified.label, simplified.kind_of_invoice) == ("FS2026-00001", InvoiceKind.SIMPLIFIED)
    assert (simplified.buyer_tax_id, simplified.total_minor, simplified.tax_minor) == ("", 2999, 520)
    assert (correction.label, correction.kind_of_invoice) == ("FSR2026-00001", InvoiceKind.SIMPLIFIED_CORRECTION)
    assert (correction.corrects, correction.total_minor, correction.buyer_tax_id) == ("FS2026-00001", -1000, "")
    with pytest.raises(InvoiceRefused, match="partly_back"):
        await desk.request_invoice(ana.telegram_id, "", ANA)
    with pytest.raises(NothingToDo):
        await act(desk, "amend_invoice", await payment_of(desk, simplified), tax_id="12345678Z", buyer="A", address="B")


async def test_invoice_is_sent_after_the_payment_and_a_correction_names_its_invoice() -> None:
    desk, notifier = counter(simplified=True), MemoryNotifier()
    announce = Announce(desk.shop.units, notifier, desk.shop.clock, desk.shop.policy, desk.shop.gateways)
    ana, _, paid = await bought(desk.shop)
    await desk.work()
    await desk.shop.deliver(reported(desk.shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR")))
    await desk.work()
    of_sale, of_refund = await desk.shop.notified(INVOICE)
    desk.shop.memory.tables[UNDER_WAY] = [(MessageKind.PAYMENT_RECEIVED, ana.id)]
    with pytest.raises(RetryLater, match="told first"):
        await announce(INVOICE, ana.id, UUID(of_sale["subject"]), of_sale["key"])
    desk.shop.memory.tables[UNDER_WAY] = []
    for job in (of_sale, of_refund):
        await announce(INVOICE, ana.id, UUID(job["subject"]), job["key"])
    sale, refund = [render(said, "es").text for said in notifier.said]
    assert "Tu factura FS2026-00001 está lista" in sale
    assert "Rectifica" not in sale
    assert "Tu factura rectificativa FSR2026-00001 está lista" in refund
    assert "Rectifica FS2026-00001" in refund


async def test_requested_invoice_replaces_the_simplified_invoice() -> None:
    desk = counter(simplified=True)
    ana, _, paid = await bought(desk.shop)
    await desk.work()
    await desk.request_invoice(ana.telegram_id, "", ANA)
    with pytest.raises(InvoiceRefused, match="asked"):
        await desk.request_invoice(ana.telegram_id, "", ANA)
    for _ in range(2):
        await desk.work()
    simplified, full = await desk.chain()
    assert (full.label, full.kind_of_invoice, full.corrects) == ("F2026-00001", InvoiceKind.REPLACEMENT, "FS2026-00001")
    assert (full.buyer_tax_id, full.total_minor, full.revision) == ("12345678Z", simplified.total_minor, 0)
    assert full.before_hash == simplified.hash
    await desk.shop.deliver(reported(desk.shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR")))
    await desk.work()
    correction = (await desk.chain())[-1]
    assert (correction.label, correction.kind_of_invoice) == ("FR2026-00001", InvoiceKind.CORRECTION)
    assert (correction.corrects, correction.buyer_tax_id) == ("F2026-00001", "12345678Z")
    # The next sale is invoiced to the buyer of the last full invoice, not to the buyer of a simplified one.
    await desk.shop.deliver(desk.shop.provider.renew(paid.subscription_ref or "", paid.amount))
    await desk.request_invoice.reissue(ana.telegram_id, (await receipts(desk.shop, ana))[-1].id)
    await desk.work()
    assert [each.kind_of_invoice for each in await desk.chain()][3:] == [InvoiceKind.FULL]


async def test_correction_for_a_refund_is_issued_only_after_the_requested_full_invoice() -> None:
    desk = counter(simplified=True)
    ana, _, paid = await bought(desk.shop)
    await desk.work()
    await desk.request_invoice(ana.telegram_id, "", ANA)
    await desk.shop.deliver(reported(desk.shop, PaymentEventKind.REFUND, paid, "re-1", Money(1000, "EUR")))
    _, note = await receipts(desk.shop, ana)
    with pytest.raises(RetryLater):
        await desk.issue_invoice(note.id, RecordKind.INVOICE, 0)
    await desk.work()
    assert [each.kind_of_invoice for each in await desk.chain()] == [
        InvoiceKind.SIMPLIFIED,
        InvoiceKind.REPLACEMENT,
        InvoiceKind.CORRECTION,
    ]


async def _bought_for(desk: Counter, minor: int) -> None:
    plan, ana = await desk.shop.plan(price=Money(minor, "EUR")), await desk.shop.customer()
    _, session = await desk.shop.checkout(ana, plan)
    await desk.shop.deliver(desk.shop.provider.pay(session)[1])


async def test_no_simplified_invoice_is_issued_above_the_limit_for_foreign_sales_or_while_disabled() -> None:
    desk, plain = counter(simplified=True), counter()
    await bought(desk.shop, country="PT")
    await _bought_for(desk, 40_001)
    await bought(plain.shop)
    for each in (desk, plain):
        assert await each.shop.jobs("core.issue_invoice") == []
    await _bought_for(desk, 40_000)
    assert len(await desk.shop.jobs("core.issue_invoice")) == 1


async def test_invoice_is_not_issued_if_series_or_issuer_was_changed_within_the_year(desk: Counter) -> None:
    ana, _, paid = await bought(desk.shop)
    await desk.request_invoice(ana.telegram_id, "", ANA)
    await desk.work()
    await desk.shop.deliver(desk.shop.provider.renew(paid.subscription_ref or "", paid.amount))
    await desk.request_invoice.reissue(ana.telegram_id, (await receipts(desk.shop, ana))[-1].id)
    for changed, name in (
        (dataclasses.replace(ISSUER, series="FR"), "INVOICE_SERIES"),
        (dataclasses.replace(ISSUER, tax_id="12345678Z"), "VERIFACTU_NIF"),
    ):
        with pytest.raises(Permanent, match=name):
            await dataclasses.replace(desk, issuer=changed).work()
    await desk.work()
    assert [each.label for each in await desk.chain()] == ["F2026-00001", "F2026-00002"]


async def test_invoice_for_a_foreign_country_or_tax_id_is_refused(desk: Counter) -> None:
    ana, _, _ = await bought(desk.shop, country="PT")
    bea, _, _ = await bought(desk.shop)
    for who, buyer in ((ana, ANA), (bea, dataclasses.replace(ANA, tax_id="PT501964843"))):
        with pytest.raises(InvoiceRefused, match="by_hand"):
            await desk.request_invoice(who.telegram_id, "", buyer)
    assert await desk.shop.jobs("core.issue_invoice") == []


async def issued(desk: Counter, state: RecordState) -> InvoiceRecord:
    ana, _, _ = await bought(desk.shop)
    await desk.request_invoice(ana.telegram_id, "", ANA)
    await desk.work()
    (record,) = await desk.chain()
    await answered(desk, state)
    return record


async def act(desk: Counter, command: str, payment: str, **answers: str) -> None:
    owner = await desk.shop.customer(staff_role=StaffRole.OWNER)
    await Staff(desk.shop).run(owner.telegram_id, command, payment, answers, uuid4())


async def payment_of(desk: Counter, record: InvoiceRecord) -> str:
    async with desk.shop.units() as uow:
        receipt = await uow.receipts.get(record.receipt_id)
    assert receipt is not None
    return str(receipt.payment_id)


async def test_correction_of_the_buyer_keeps_the_invoice_number_in_a_new_record(desk: Counter) -> None:
    record = await issued(desk, RecordState.REFUSED)
    payment = await payment_of(desk, record)
    await act(desk, "amend_invoice", payment, tax_id="x1234567-l", buyer="Ana G.", address="Otra calle")
    await desk.work()
    (corrected,) = await desk.chain()
    assert (corrected.label, corrected.revision, corrected.rejected) == ("F2026-00001", 1, True)
    assert (corrected.buyer_tax_id, corrected.before_hash) == ("X1234567L", record.hash)
    with pytest.raises(NothingToDo):
        await act(desk, "void_invoice", payment, reason="by mistake")


async def test_canceled_invoice_number_is_not_reused(desk: Counter) -> None:
    record = await issued(desk, RecordState.ACCEPTED)
    payment = await payment_of(desk, record)
    await act(desk, "void_invoice", payment, reason="by mistake")
    await desk.work()
    (cancelled,) = await desk.chain()
    assert (cancelled.kind, cancelled.label, cancelled.position) == (RecordKind.CANCELLATION, "F2026-00001", 2)
    with pytest.raises(NothingToDo):
        await act(desk, "void_invoice", payment, reason="by mistake")
    bea, _, _ = await bought(desk.shop)
    await desk.request_invoice(bea.telegram_id, "", ANA)
    await desk.work()
    assert [each.label for each in await desk.chain()] == ["F2026-00001", "F2026-00002"]
