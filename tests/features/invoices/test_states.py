"""Invoices in console, chat and jobs, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from features.invoices.commands import AmendInvoice, VoidInvoice
from features.invoices.domain.events import InvoiceDue
from features.invoices.domain.invoice import InvoiceIssuer, InvoiceRecord, InvoiceRequest, RecordKind
from features.invoices.feature import FEATURE
from features.invoices.follows_receipts import FOLLOWS_RECEIPTS
from features.invoices.ports import INVOICES_KEY
from features.invoices.use_cases.request_invoice import InvoiceRefused
from features.invoices.wiring import InvoicesContainer
from subscriptions.application import routing
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.receipt_followers import receipt_followers
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.receipt import Receipt, ReceiptKind
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale, receipt_for, selling
from tests.fakes.units import Units
from tests.features.invoices.fakes import record
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import Website, running_website

ON = {"INVOICES": "handover"}
OFF = ({}, {"INVOICES": "off"}, {**ON, "FEATURES": "none"}, {**ON, "FEATURES": "-invoices"})


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, Website]]:
    """Yield a console visitor signed in as an owner, and the website, in an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor, website


async def invoiced(uow: UnitOfWork) -> tuple[Sale, InvoiceRecord]:
    """Sell a plan and issue an invoice for the receipt."""
    sale = await selling(uow)
    receipt = receipt_for(sale)
    assert await uow.receipts.issue(receipt)
    request = InvoiceRequest(
        id=new_uuid(),
        receipt_id=receipt.id,
        customer_id=sale.customer.id,
        tax_id="12345678Z",
        name="Ana García",
        address="Calle Mayor 1",
        asked_at=NOON,
        way=InvoiceIssuer.VERIFACTU,
    )
    issued = record(receipt_id=receipt.id, customer_id=sale.customer.id)
    assert await uow.of(INVOICES_KEY).ask(request)
    assert await uow.of(INVOICES_KEY).append(issued)
    return sale, issued


@pytest.mark.parametrize("settings", OFF)
async def test_invoices_are_hidden_while_the_feature_is_off(settings: dict[str, str], database_url: str) -> None:
    async with console(database_url, **settings) as (owner, website):
        async with website.container.core.units()() as uow:
            sale = await selling(uow)
            await uow.commit()
        assert website.container.core.features().state(FEATURE.name) is FeatureState.OFF
        assert "/invoices" not in await owner.menu()
        card = await owner.page(f"/customers/{sale.customer.id}")
        for name in ("amend_invoice", "void_invoice"):
            assert name not in card
            await owner.page(f"/do/{name}/{sale.payment.id}", 404)
        for path in ("/invoices", "/invoices.csv"):
            await owner.page(path, 404)


async def test_invoice_list_is_shown_while_the_feature_is_on(database_url: str) -> None:
    async with console(database_url, **ON) as (owner, _):
        assert "/invoices" in await owner.menu()
        await owner.page("/invoices")
        await owner.page("/invoices.csv")


async def test_draining_feature_shows_lists_corrects_and_cancels_invoices(database_url: str) -> None:
    async with console(database_url) as (owner, website), website.container.core.units()() as uow:
        sale, issued = await invoiced(uow)
        await uow.commit()
    async with console(database_url) as (owner, website):
        assert website.container.core.features().now.left["invoices"] == {"invoices that a refund corrects": 1}
        assert issued.label in await owner.page("/invoices")
        assert issued.label in await owner.page("/invoices.csv")
        card = await owner.page(f"/customers/{sale.customer.id}")
        assert "amend_invoice" in card
        assert "void_invoice" in card


@pytest.mark.parametrize(
    ("state", "may_ask"), [(FeatureState.ON, True), (FeatureState.DRAINING, False), (FeatureState.OFF, False)]
)
async def test_invoices_are_requested_only_while_the_feature_is_on(
    database_url: str, state: FeatureState, may_ask: bool
) -> None:
    async with running_core(database_url, state) as container:
        async with container.core.units()() as uow:
            sale = await selling(uow)
            receipt = receipt_for(sale)
            assert await uow.receipts.issue(receipt)
            await uow.commit()
        offer = container.request_invoice().offer(sale.customer.telegram_id, receipt.id)
        if may_ask:
            assert (await offer)[0].id == receipt.id
            return
        with pytest.raises(InvoiceRefused, match="off"):
            await offer


async def test_draining_feature_still_corrects_an_invoice_after_a_refund(database_url: str) -> None:
    async with running_core(database_url, FeatureState.DRAINING) as container:
        async with container.core.units()() as uow:
            sale, _ = await invoiced(uow)
            await uow.commit()
        [receipt] = await receipts_of(container, sale)
        note = receipt_for(sale, ReceiptKind.CREDIT_NOTE)
        note.corrects = receipt.id
        async with container.core.units()() as uow:
            assert await uow.receipts.issue(note)
            for follow in receipt_followers(container.core):
                await follow(uow, note)
            request = await uow.of(INVOICES_KEY).request_of(note.id)
        assert request is not None
        assert request.buyer.name == "Ana García"


def test_jobs_schedule_and_event_handlers_exist_only_while_the_feature_is_loaded() -> None:
    due = InvoiceDue(new_uuid(), RecordKind.INVOICE, 0)
    for state in FeatureState:
        running, is_loaded = states(state), state is not FeatureState.OFF
        works = {work.name for part in running.parts(SchedulePart) for work in part.works}
        assert ("send_records" in works) is is_loaded
        assert (FOLLOWS_RECEIPTS in running.parts(type(FOLLOWS_RECEIPTS))) is is_loaded
        assert (InvoiceDue in routing.routes(frozenset(running.now.loaded))) is is_loaded
        for command in (AmendInvoice, VoidInvoice):
            assert (running.state_of(command) is not FeatureState.OFF) is is_loaded
    assert [job.name for job in routing.jobs_for(due)] == ["core.issue_invoice"]


async def test_refusal_of_a_command_of_a_feature_that_is_off_says_how_to_switch_the_feature_on(
    units: Units, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url}, fork_client)
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    refused = await terminal.run("staff", "void-invoice", str(sale.payment.id), "--reason", "by mistake")
    assert refused.status != 0
    assert "umbral features on invoices" in refused.err
    switched = await terminal.run("features", "on", "invoices")
    stays = "invoices stays off because INVOICES=off switches it off; change that setting"
    assert (switched.status, switched.err) == (1, f"umbral features: {stays}\n")

    async with units() as uow:
        await invoiced(uow)
        await uow.commit()
    listed = await terminal.run("features", "list", "--json")
    [found] = [each for each in json.loads(listed.out) if each["name"] == FEATURE.name]
    assert found == {"name": "invoices", "state": "draining", "left": {"invoices that a refund corrects": 1}}


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


@asynccontextmanager
async def running_core(database_url: str, state: FeatureState) -> AsyncIterator[InvoicesContainer]:
    """Open a core with INVOICES=handover and the feature in the given state, and yield the feature's container."""
    environ = {"DATABASE_URL": database_url, "FEATURES": EVERY, **ON}
    async with open_core(load(CoreSettings, environ), environ=environ) as core:
        core.features.override(states(state))
        yield InvoicesContainer(core=core)


async def receipts_of(container: InvoicesContainer, sale: Sale) -> list[Receipt]:
    async with container.core.units()() as uow:
        return list(await uow.receipts.of_payment(sale.payment.id))
