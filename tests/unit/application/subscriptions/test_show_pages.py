"""Payment pages of the provider for failed charges, created on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.subscriptions.show_pages import NothingOwed, ShowPages
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.ports.payment_facts import CONFIRMATION
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayUnavailable,
    ManagePages,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.services.method_policy import able
from tests.fakes.provider import Provider
from tests.fakes.shop import POLICY, Shop, memory_shop
from tests.fakes.staff import Staff

PAGES = ManagePages(card="https://pay.example/card", pay="https://pay.example/pay")


@dataclass
class Paged(Provider):
    """Provider with payment pages.

    asked: subscription, return URL and locale of the last request.
    """

    asked: tuple[str, str, str] | None = None

    async def manage_pages(self, subscription_ref: str, *, return_url: str, locale: str) -> ManagePages | None:
        self._raise_next_error()
        self.asked = (subscription_ref, return_url, locale)
        return PAGES


@dataclass
class Scene:
    """Customer whose renewal may fail."""

    shop: Shop
    ana: Customer
    plan: ServicePlan

    def pages(self) -> ShowPages:
        return ShowPages(self.shop.units, self.shop.gateways, POLICY.base_url)

    async def fails(self, *reasons: str | None) -> None:
        """Fail the renewal once for each reason."""
        self.shop.provider.change("sub-1", status=ProviderStatus.PAST_DUE)
        for number, reason in enumerate(reasons):
            await self.shop.deliver(
                self.shop.provider.create_event(
                    PaymentEventKind.PAYMENT_FAILED, f"invoice.failed.{number}", subscription_ref="sub-1", reason=reason
                )
            )


async def scene_of(shop: Shop) -> Scene:
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    return Scene(shop, ana, plan)


@pytest.fixture
async def scene() -> Scene:
    shop = memory_shop()
    provider = Paged(shop.clock, name="acme")
    shop.provider = shop.gateways.gateways["acme"] = provider
    return await scene_of(shop)


def paged(scene: Scene) -> Paged:
    assert isinstance(scene.shop.provider, Paged)
    return scene.shop.provider


async def test_customer_with_a_failed_charge_gets_the_payment_pages_of_the_provider(scene: Scene) -> None:
    await scene.fails(None)
    view = await scene.pages()(scene.ana.telegram_id, scene.plan.soft_id)
    assert (view.pages, view.plan_name) == (PAGES, scene.plan.name)
    assert paged(scene).asked == ("sub-1", POLICY.base_url, scene.ana.language)


async def test_customer_without_debt_can_change_the_card(scene: Scene) -> None:
    view = await scene.pages()(scene.ana.telegram_id, scene.plan.soft_id)
    assert (view.pages, view.owed) == (PAGES, False)
    with pytest.raises(NothingOwed):
        await scene.pages()(scene.ana.telegram_id, "no-such-plan")


async def test_request_for_payment_pages_fails_with_an_error_while_the_provider_is_unavailable(scene: Scene) -> None:
    await scene.fails(None)
    scene.shop.provider.errors.append(GatewayUnavailable("acme", "timeout"))
    with pytest.raises(GatewayUnavailable):
        await scene.pages()(scene.ana.telegram_id, scene.plan.soft_id)


async def test_provider_without_payment_pages_gives_no_pages() -> None:
    scene = await scene_of(memory_shop())
    await scene.fails(None)
    view = await scene.pages()(scene.ana.telegram_id, scene.plan.soft_id)
    assert view.pages is None
    assert able(scene.shop.gateways, Capability.PORTAL) == frozenset()


@pytest.mark.parametrize(
    ("reasons", "notified"),
    [
        ([None, None], ["payment_failed"]),
        ([CONFIRMATION, None], ["confirm_charge"]),
        ([None, CONFIRMATION, CONFIRMATION], ["confirm_charge", "payment_failed"]),
    ],
    ids=["declined", "bank confirmation required", "declined, then bank confirmation required"],
)
async def test_charge_that_requires_bank_confirmation_has_its_own_message(
    scene: Scene, reasons: list[str | None], notified: list[str]
) -> None:
    await scene.fails(*reasons)
    kinds = {"payment_failed", "confirm_charge"}
    jobs = [job for kind in kinds for job in await scene.shop.notified(kind)]
    assert sorted({job["kind"] for job in jobs}) == notified
    assert len({job["key"] for job in jobs}) == 1, "once for a period"


async def test_bank_confirmation_message_is_sent_even_if_a_later_provider_state_was_applied(scene: Scene) -> None:
    await scene.fails(None)
    async with scene.shop.units() as uow:
        (held,) = await uow.subscriptions.of_customer(scene.ana.id)
        subscription = await uow.subscriptions.get(held.id, lock=True)
        assert subscription is not None
        # Both events arrived at once, and the later snapshot was applied first.
        subscription.synced_at = scene.shop.clock.now() + timedelta(seconds=1)
        await uow.subscriptions.save(subscription)
        await uow.commit()

    await scene.fails(None, CONFIRMATION)

    assert len(await scene.shop.notified("confirm_charge")) == 1


async def test_staff_resend_the_payment_pages(scene: Scene) -> None:
    shop = scene.shop
    marta = await shop.customer(staff_role=StaffRole.SUPPORT)
    act, press = Staff(shop), uuid4()
    held = (await shop.holding(scene.ana, scene.plan)).subscription
    with pytest.raises(NothingToDo):
        await act(marta.telegram_id, "payment_pages", held.id, press)
    await scene.fails(None)
    await act(marta.telegram_id, "payment_pages", held.id, press)
    with pytest.raises(NothingToDo):
        await act(marta.telegram_id, "payment_pages", new_uuid())
    assert [job["key"] for job in await shop.notified("dunning")] == [f"{held.id}:{press}"]
    with pytest.raises(NotAllowed):
        await act(scene.ana.telegram_id, "payment_pages", held.id)
