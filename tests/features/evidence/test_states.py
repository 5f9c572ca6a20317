"""Evidence in console, API, chat and jobs, in each state of the feature (on, draining, off)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from features.evidence.commands import SendEvidence
from features.evidence.domain import DisputeResponse
from features.evidence.feature import FEATURE
from features.evidence.ports import RESPONSES_KEY
from features.evidence.use_cases.offer_evidence import OfferEvidence
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.samples import NOON
from tests.fakes.selling import Sale
from tests.fakes.staff import Staff
from tests.features.evidence.fakes import purchase_on_record
from tests.features.evidence.test_use_cases import Case, case
from tests.features.evidence.test_web import bearer
from tests.support.api_client import NEEDS_API
from tests.support.console_visitor import Visitor, hire, visiting
from tests.support.features import all_but
from tests.support.website import Website, running_website

__all__ = ["case"]

OFF = all_but("evidence")


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


@asynccontextmanager
async def console(database_url: str, **settings: str) -> AsyncIterator[tuple[Visitor, Website]]:
    """Open the console as an owner of an installation with these settings."""
    async with running_website(database_url, **settings) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            yield visitor, website


async def sold(website: Website, *, with_response: bool = False) -> Sale:
    """Sell a plan and record everything that evidence may contain."""
    async with website.container.core.units()() as uow:
        sale = await purchase_on_record(uow)
        await uow.commit()
    async with website.container.core.units()() as uow:
        [dispute] = await uow.reversals.disputes_of([sale.payment.id])
        if with_response:
            response = DisputeResponse(
                dispute_id=dispute.id, payment_id=sale.payment.id, due_at=NOON + timedelta(days=9), offered_at=NOON
            )
            assert await uow.of(RESPONSES_KEY).add_if_new(response)
        await uow.commit()
    return sale


async def api(website: Website, sale: Sale) -> int:
    """Request the evidence about the sale's payment through the API and return the status code."""
    headers = await bearer(website, Ability.PAYMENTS, Ability.REFUND)
    async with httpx.AsyncClient(base_url=website.url, trust_env=False) as client:
        return (await client.get(f"/api/v1/payments/{sale.payment.id}/evidence", headers=headers)).status_code


@NEEDS_API
async def test_evidence_is_hidden_while_the_feature_is_off(database_url: str) -> None:
    async with console(database_url, **OFF) as (owner, website):
        sale = await sold(website)
        card = await owner.page(f"/customers/{sale.customer.id}")
        assert "Pruebas" not in card
        assert "send_evidence" not in card
        await owner.page(f"/payments/{sale.payment.id}/evidence.pdf", 404)
        await owner.page(f"/do/send_evidence/{sale.payment.id}", 404)
        assert await api(website, sale) == 404


@NEEDS_API
async def test_evidence_already_offered_can_be_sent_while_the_feature_is_draining(database_url: str) -> None:
    async with console(database_url) as (owner, website):
        sale = await sold(website, with_response=True)
        assert await api(website, sale) == 200
        assert "evidence.pdf" in await owner.page(f"/customers/{sale.customer.id}")
    async with console(database_url, **OFF) as (owner, website):
        assert website.container.core.features().now.left["evidence"] == {"disputes to answer": 1}
        card = await owner.page(f"/customers/{sale.customer.id}")
        assert "las pruebas se pueden enviar · hasta el 10 mar 2026" in card
        assert await api(website, sale) == 200
        assert "Las pruebas se están enviando al proveedor" in await owner.do("send_evidence", sale.payment.id)
        assert "pruebas para una disputa" in await owner.page("/audit")
        async with website.container.core.units()() as uow:
            [dispute] = await uow.reversals.disputes_of([sale.payment.id])
            response = await uow.of(RESPONSES_KEY).get(dispute.id)
            assert response is not None
            response.mark_sent(b"%PDF-1.7", b"{}", NOON)
            await uow.of(RESPONSES_KEY).save(response)
            await uow.commit()


@pytest.mark.parametrize(
    ("state", "is_offered"), [(FeatureState.ON, True), (FeatureState.DRAINING, True), (FeatureState.OFF, False)]
)
async def test_command_to_send_offered_evidence_is_available_only_while_the_feature_is_loaded(
    case: Case, state: FeatureState, is_offered: bool
) -> None:
    await case.offer()
    olga = await case.shop.customer(staff_role=StaffRole.OWNER)
    running = states(state)
    see = SeeCustomers(case.shop.units, case.shop.gateways, Staff(case.shop).desk, case.shop.policy, running.state_of)
    found = await see.payment(olga.telegram_id, case.payment.id)
    assert found is not None
    assert (SendEvidence in found[1].available_commands) is is_offered
    assert any(SendEvidence in each.offered for each in found[1].added) is is_offered


async def test_draining_feature_offers_no_new_evidence(case: Case) -> None:
    shop = case.shop
    await OfferEvidence(shop.units, shop.gateways, shop.clock, is_on=False)(case.dispute)
    assert await shop.alarms() == ["dispute_open"]
    assert not shop.memory.rows("dispute_responses")
