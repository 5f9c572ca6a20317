"""Fixtures with a shop whose records are compared with those of its payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.inbox.poll_events import PollEvents
from subscriptions.application.reconciliation.reconcile import Reconcile, Report
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    PaymentEventKind,
)
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop

Kind = PaymentEventKind


@dataclass
class Books:
    """Shop and the use case that compares its records with the provider's."""

    shop: Shop
    reconcile: Reconcile

    async def sell(self) -> tuple[Customer, ServicePlan, str]:
        """Sell a subscription. Return the customer, the plan and the reference at the provider."""
        ana, plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(ana, plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        self.shop.clock.advance(timedelta(minutes=1))
        return ana, plan, f"sub-{len(self.shop.provider.subscriptions)}"

    async def run(self, **how: Any) -> Report:
        """Reconcile and run the jobs that follow."""
        done = len(await self.shop.jobs("core.apply_payment_event"))
        report = await self.reconcile(**how)
        for job in (await self.shop.jobs("core.apply_payment_event"))[done:]:
            await self.shop.apply(InboxId(UUID(str(job["inbox_id"]))))
        self.shop.clock.advance(timedelta(minutes=1))
        return report

    def refund(self, number: int, plan: ServicePlan) -> None:
        """Refund a payment at the provider without a webhook."""
        about = {"payment_key": f"re-{number}", "about_payment": f"in-{number}", "amount_refunded": plan.price}
        self.shop.provider.create_event(Kind.REFUND, "money.back", **about)

    def cancel(self, ref: str) -> None:
        """Cancel a subscription at the provider without a webhook."""
        end = self.shop.provider.subscriptions[ref].current_period_end
        self.shop.provider.change(ref, cancel_at_period_end=True, cancel_at=end)


@pytest.fixture
def books(shop: Shop) -> Books:
    return books_of(shop, shop.gateways)


def books_of(shop: Shop, gateways: GatewayRegistry) -> Books:
    events = PollEvents(shop.units, gateways, shop.clock)
    money = ReconcileMoney(shop.units, gateways, shop.clock, events, shop.poll_subscription)
    return Books(shop, Reconcile(shop.units, shop.clock, [money]))


def kinds(report: Report) -> list[str]:
    return [each.kind for each in report.differences]


class Unlisted(Provider):
    """Provider without a list of events.

    This is a subclass and not a delegating wrapper: from Python 3.12 on, a protocol looks for methods without calling
    `__getattr__`, and would not find them.
    """

    list_events = None

    def __init__(self, provider: Provider) -> None:
        self.__dict__ = provider.__dict__
        self._provider = provider
