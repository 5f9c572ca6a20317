"""Invoice records sent to the sandbox's tax office by the real protocol."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from features.invoices.adapters.verifactu import VerifactuOffice
from features.invoices.domain.invoice import InvoiceKind, InvoiceRecord, RecordKind, RecordState
from features.invoices.ports import OfficeAnswer, TaxOfficeFailed
from features.invoices.use_cases.send_records import SendRecords
from tests.features.invoices.fakes import ANA, after, counter, record, sealed
from tests.unit.application.payments.test_issue_receipts import bought
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.tax_office import UNKNOWN

W = RecordState.WAITING


@dataclasses.dataclass
class Line:
    sandbox: Sandbox
    office: VerifactuOffice

    async def send(self, *records: InvoiceRecord, late: bool = True) -> list[tuple[RecordState, str | None]]:
        answer = await self.office.send(records, is_late=late)
        assert answer.wait == timedelta(seconds=60)
        return [(answer.records[each.id].state, answer.records[each.id].code) for each in records]


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_sandbox() as sandbox:
        yield Line(sandbox, VerifactuOffice(f"{sandbox.url}/aeat", None, "0.1.0"))


async def test_tax_office_accepts_a_chain_of_records_even_if_sent_twice(line: Line) -> None:
    first = record()
    back = after(
        first, number=1, series="FR", kind_of_invoice=InvoiceKind.CORRECTION, corrects=first.label,
        corrected_on=first.issued_on, total_minor=-1000, tax_minor=-174,
    )  # fmt: skip
    cancelled = after(back, kind=RecordKind.CANCELLATION, series="F", number=1)
    accepted = (RecordState.ACCEPTED, None)
    assert await line.send(first, back) == [accepted, accepted]
    assert await line.send(first, back) == [accepted, accepted]
    assert await line.send(cancelled) == [accepted]
    assert await line.send(cancelled) == [accepted]
    held = line.sandbox.world.state_parts["tax_office"]()
    assert isinstance(held, list)
    assert [(each["number"], each["kind"], each["total"], each["state"]) for each in held] == [  # type: ignore[index,call-overload]
        ("F2026-00001", "F1", "29.99", "Anulada"),
        ("FR2026-00001", "R1", "-10.00", "Correcta"),
    ]


async def test_full_invoice_replaces_a_simplified_invoice_without_buyer(line: Line) -> None:
    nobody = {"buyer_tax_id": "", "buyer_name": "", "buyer_address": ""}
    first = record(series="FS", kind_of_invoice=InvoiceKind.SIMPLIFIED, **nobody)
    second = after(first)
    about_first = {"corrects": first.label, "corrected_on": first.issued_on}
    about_second = {"corrects": second.label, "corrected_on": second.issued_on}
    back = after(
        second, number=1, series="FSR", kind_of_invoice=InvoiceKind.SIMPLIFIED_CORRECTION, total_minor=-1000,
        tax_minor=-174, **about_first,
    )  # fmt: skip
    ana = {"buyer_tax_id": "12345678Z", "buyer_name": "Ana García", "buyer_address": "Calle Mayor 1"}
    full = after(
        back, number=1, series="F", kind_of_invoice=InvoiceKind.REPLACEMENT, total_minor=2999, tax_minor=520,
        **about_second, **ana,
    )  # fmt: skip
    assert await line.send(first, second, back, full) == [(RecordState.ACCEPTED, None)] * 4
    held = line.sandbox.world.state_parts["tax_office"]()
    assert isinstance(held, list)
    fields = ("number", "kind", "total", "buyer", "corrects", "replaces")
    assert [tuple(each[name] for name in fields) for each in held] == [  # type: ignore[index,call-overload]
        ("FS2026-00001", "F2", "29.99", "", "", ""),
        ("FS2026-00002", "F2", "29.99", "", "", ""),
        ("FSR2026-00001", "R5", "-10.00", "", "FS2026-00001", ""),
        ("F2026-00001", "F3", "29.99", "12345678Z", "", "FS2026-00002"),
    ]


async def test_error_of_a_record_is_named_and_its_correction_is_accepted(line: Line) -> None:
    unknown = record(buyer_tax_id=UNKNOWN)
    assert await line.send(unknown) == [(RecordState.FLAWED, "2001")]
    corrected = after(unknown, number=1, revision=1, buyer_tax_id="12345678Z")
    assert await line.send(corrected) == [(RecordState.ACCEPTED, None)]
    nothing = after(corrected, kind=RecordKind.CANCELLATION, number=9)
    assert await line.send(nothing) == [(RecordState.REFUSED, "3002")]
    loose = sealed(dataclasses.replace(after(corrected), before_hash="0" * 64))
    assert await line.send(loose) == [(RecordState.FLAWED, "2003")]
    forged = dataclasses.replace(after(loose), hash="0" * 64)
    assert await line.send(forged) == [(RecordState.FLAWED, "2000")]


async def test_refused_or_unanswered_call_to_the_tax_office_raises_an_error(line: Line) -> None:
    with pytest.raises(TaxOfficeFailed, match="4102"):
        await line.office.send([record(description="", issuer_tax_id="")], is_late=True)
    other = VerifactuOffice("http://127.0.0.1:9", None, "0.1.0")
    with pytest.raises(TaxOfficeFailed, match="does not answer"):
        await other.send([record()], is_late=True)


class Silent:
    async def send(self, records: object, *, is_late: bool) -> OfficeAnswer:
        raise TaxOfficeFailed("the certificate ran out")


async def test_records_are_sent_at_the_allowed_pace_and_errors_raise_an_alarm(line: Line) -> None:
    desk = counter()
    desk.shop.clock.advance(line.sandbox.world.clock.now() - desk.shop.clock.now())
    ana, _, paid = await bought(desk.shop)
    await desk.request_invoice(ana.telegram_id, "", dataclasses.replace(ANA, tax_id=UNKNOWN))
    await desk.work()
    desk.shop.clock.advance(timedelta(hours=2))
    await SendRecords(desk.shop.units, desk.shop.clock, Silent())()
    assert await desk.shop.alarms() == ["tax_office_silent"]
    send = SendRecords(desk.shop.units, desk.shop.clock, line.office)
    await send()
    assert [each.state for each in await desk.chain()] == [W]
    desk.shop.clock.advance(timedelta(minutes=1))
    await send()
    assert await desk.chain() == []
    assert await desk.shop.alarms() == ["tax_office_silent", "invoice_flawed"]
    await desk.shop.deliver(desk.shop.provider.renew(paid.subscription_ref or "", paid.amount))
    await desk.request_invoice(ana.telegram_id, "", ANA)
    await desk.work()
    await send()
    assert len(await desk.chain()) == 1
    desk.shop.clock.advance(timedelta(minutes=1))
    await send()
    assert await desk.chain() == []
