"""Invoice records, which are chained and never changed, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from features.invoices.domain.invoice import Buyer, InvoiceIssuer, InvoiceRecord, InvoiceRequest, RecordState
from features.invoices.ports import INVOICES_KEY
from subscriptions.application.lists.columns import Interface
from subscriptions.application.lists.list_model import Query
from subscriptions.domain.entities.receipt import Receipt
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from tests.contract.test_repositories_receipts import another, bought
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.shop import POLICY
from tests.fakes.units import Units, database, units
from tests.features.invoices.fakes import after, record

__all__ = ["database", "units"]


async def issued(units: Units, count: int) -> list[Receipt]:
    first = await bought(units)
    receipts = [first, *(another(first) for _ in range(count - 1))]
    async with units() as uow:
        for receipt in receipts:
            await uow.receipts.issue(receipt)
        await uow.commit()
    return receipts


def of(receipt: Receipt, made: InvoiceRecord) -> InvoiceRecord:
    return dataclasses.replace(made, receipt_id=receipt.id, customer_id=receipt.customer_id)


async def test_invoice_record_is_stored_once_unchanged_and_has_one_response_of_the_tax_office(units: Units) -> None:
    one, two = await issued(units, 2)
    first = of(one, record())
    second = of(two, after(first))
    async with units() as uow:
        assert await uow.of(INVOICES_KEY).append(first)
        assert await uow.of(INVOICES_KEY).append(second)
        assert not await uow.of(INVOICES_KEY).append(dataclasses.replace(first, id=new_uuid(), position=3))
        await uow.commit()
    async with units() as uow:
        assert [await uow.of(INVOICES_KEY).get(first.id), await uow.of(INVOICES_KEY).get_last()] == [first, second]
        assert list(await uow.of(INVOICES_KEY).list_waiting(9)) == [first, second]
        assert list(await uow.of(INVOICES_KEY).of_customer(one.customer_id, 1)) == [second]
        assert list(await uow.of(INVOICES_KEY).of_receipt(one.id)) == [first]
        assert list(await uow.of(INVOICES_KEY).of_payment(one.payment_id)) == [first, second]
        first.state, first.csv, first.sent_at = RecordState.ACCEPTED, "A-1", NOON
        await uow.of(INVOICES_KEY).save_answer(first)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(INVOICES_KEY).get(first.id) == first
        assert list(await uow.of(INVOICES_KEY).list_waiting(9)) == [second]


async def test_second_invoice_record_at_the_same_chain_position_is_refused(units: Units) -> None:
    one, two = await issued(units, 2)
    async with units() as uow:
        await uow.of(INVOICES_KEY).append(of(one, record()))
        await uow.commit()
    async with units() as uow:
        with pytest.raises(RetryLater):
            await uow.of(INVOICES_KEY).append(of(two, record(number=2)))


async def test_invoice_request_is_unique_and_its_buyer_can_be_corrected(units: Units) -> None:
    (receipt,) = await issued(units, 1)
    buyer = Buyer(tax_id="12345678Z", name="Ana", address="Calle Mayor 1")
    request = InvoiceRequest(
        id=new_uuid(),
        receipt_id=receipt.id,
        customer_id=receipt.customer_id,
        asked_at=NOON,
        way=InvoiceIssuer.VERIFACTU,
        **vars(buyer),
    )
    async with units() as uow:
        assert await uow.of(INVOICES_KEY).ask(request)
        assert not await uow.of(INVOICES_KEY).ask(dataclasses.replace(request, id=new_uuid()))
        await uow.of(INVOICES_KEY).change_buyer(request.id, dataclasses.replace(buyer, name="Ana G."))
        await uow.commit()
    async with units() as uow:
        changed = dataclasses.replace(request, name="Ana G.")
        assert await uow.of(INVOICES_KEY).request_of(receipt.id) == changed
        assert await uow.of(INVOICES_KEY).last_request(receipt.customer_id) == changed


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_database_refuses_changes_and_deletions_of_invoice_records(units: Units) -> None:
    one, two = await issued(units, 2)
    first = of(one, record())
    async with units() as uow:
        await uow.of(INVOICES_KEY).append(first)
        await uow.commit()
    for statement in (
        "UPDATE invoice_records SET total_minor = 1",
        "DELETE FROM invoice_records",
        "TRUNCATE invoice_records",
    ):
        async with units() as uow:
            with pytest.raises(DBAPIError, match="append-only"):
                await uow.of(INVOICES_KEY)._unit.connection.execute(text(statement))  # type: ignore[attr-defined]
    for change in ({"before_hash": "0" * 64}, {"position": 3}):
        async with units() as uow:
            with pytest.raises(DBAPIError, match="follows the one before"):
                await uow.of(INVOICES_KEY).append(of(two, dataclasses.replace(after(first), **change)))  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_invoice_list_shows_the_response_of_the_tax_office(units: Units) -> None:
    (one,) = await issued(units, 1)
    async with units() as uow:
        await uow.of(INVOICES_KEY).append(
            of(one, record(code="2001", reason="no such number", state=RecordState.FLAWED))
        )
        await uow.commit()
    assert units.engine is not None
    model = LISTS["invoices"]
    filters = {"q": "f2026-00001", "record_state": "flawed", "since": "2026-01-01T00:00:00Z"}
    query = Query(interface=Interface.STAFF, filters=filters, sort=model.sort, is_descending=True)
    [row] = await SqlLists(units.engine, ManualClock(NOON), POLICY).rows(model, query, 9)
    assert (row["invoice"], row["position"], row["buyer"]) == ("F2026-00001", 1, "Ana García · 12345678Z")
    assert (row["amount"], row["tax"]) == (Money(2999, "EUR"), Money(520, "EUR"))
    assert (row["record_state"], row["answer"]) == ("flawed", "2001 no such number")
