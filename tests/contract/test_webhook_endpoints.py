"""Webhook endpoints that the providers' simulators list over HTTP, and the product's checks of these endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from stripe.params import WebhookEndpointCreateParams

from subscriptions.application.catalog.check_webhooks import CheckWebhooks, WebhookCheck
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    PaymentGateway,
    WebhookEndpoint,
)
from subscriptions.infrastructure.payments.stripe.translate import EVENTS
from tests.fakes.clock import ManualClock
from tests.fakes.counter import Counter
from tests.fakes.gateway import MemoryGateways
from tests.fakes.provider import Provider
from tests.fakes.shop import memory_shop
from tests.support.paypal_till import open_till as open_paypal
from tests.support.stripe_till import Till

SITE = "https://shop.example"
HERE = f"{SITE}/webhooks/acme"


def checking(gateway: PaymentGateway) -> CheckWebhooks:
    """Build the use case that checks the endpoints of one provider."""
    shop = memory_shop()
    return CheckWebhooks(shop.units, MemoryGateways({gateway.name: cast(Any, gateway)}), shop.clock, SITE)


async def found(gateway: PaymentGateway) -> WebhookCheck:
    """Check the endpoints of a provider and return the result."""
    return await checking(gateway).look(gateway.name)


async def add(till: Till, events: list[Any], version: Any = None) -> None:
    """Create an endpoint at Stripe that points to our site."""
    wanted: WebhookEndpointCreateParams = {"url": f"{SITE}/webhooks/stripe", "enabled_events": events}
    if version is not None:
        wanted["api_version"] = version
    await till.shop.client.v1.webhook_endpoints.create_async(wanted)


async def test_check_of_the_stripe_endpoint_reports_wrong_address_missing_events_and_api_version(till: Till) -> None:
    elsewhere = await found(till.gateway)
    assert (elsewhere.problem, elsewhere.detail) == ("elsewhere", till.shop.receiver.url)
    await add(till, ["invoice.paid"])
    missing = await found(till.gateway)
    assert missing.problem == "events_missing"
    older = {"charge.refunded", "charge.refund.updated"}
    assert set(missing.detail.split(", ")) == EVENTS.keys() - {"invoice.paid"} - older
    await add(till, ["*"], "2025-03-31.basil")
    well = await found(till.gateway)
    assert (well.problem, well.wrong, well.api_version) == ("fine", False, "2025-03-31.basil")
    assert well.made_at is not None
    assert abs(well.made_at - till.shop.world.clock.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("version", "lacks"), [("2024-06-20", "charge.refund.updated, charge.refunded"), ("2025-03-31.basil", "")]
)
async def test_stripe_endpoint_requires_the_events_of_its_api_version(till: Till, version: str, lacks: str) -> None:
    await add(till, [kind for kind in EVENTS if not kind.startswith("charge.refund")], version)
    assert (await found(till.gateway)).detail == lacks


async def test_paypal_endpoint_with_another_webhook_id_is_reported_as_disabled() -> None:
    async with open_paypal() as till:
        (known,) = await till.gateway.webhook_endpoints()
        assert (known.enabled, known.missing) == (True, ())
        assert known.url.endswith("/hook")
    async with open_paypal(PAYPAL_WEBHOOK_ID="8WN0000000000000X") as till:
        (other,) = await till.gateway.webhook_endpoints()
        assert not other.enabled


@dataclass
class Listing(Provider):
    """Provider with a fixed list of endpoints, or an error."""

    known: list[WebhookEndpoint] = field(default_factory=list)
    says: Exception | None = None

    async def webhook_endpoints(self) -> list[WebhookEndpoint]:
        """Return the list, or raise the error."""
        if self.says is not None:
            raise self.says
        return self.known


@pytest.mark.parametrize(
    ("known", "problem", "detail"),
    [
        ([], "elsewhere", ""),
        ([WebhookEndpoint(url="https://old.example/x")], "elsewhere", "https://old.example/x"),
        ([WebhookEndpoint(url=HERE, enabled=False)], "disabled", ""),
        ([WebhookEndpoint(url=HERE, missing=("a", "b"))], "events_missing", "a, b"),
        ([WebhookEndpoint(url=HERE, enabled=False), WebhookEndpoint(url=f"{HERE}/")], "fine", ""),
    ],
)
async def test_endpoint_check_reports_a_problem_unless_an_enabled_endpoint_has_our_address(
    known: list[WebhookEndpoint], problem: str, detail: str
) -> None:
    said = await found(Listing(ManualClock(), name="acme", known=known))
    assert (said.problem, said.detail, said.wrong) == (problem, detail, problem != "fine")


@pytest.mark.parametrize(
    ("error", "problem"),
    [(GatewayRejected("acme", "no right"), "not_allowed"), (GatewayUnavailable("acme", "away"), "no_answer")],
)
async def test_failed_endpoint_check_reports_the_reason(error: Exception, problem: str) -> None:
    assert (await found(Listing(ManualClock(), name="acme", says=error))).problem == problem


async def test_provider_without_endpoint_list_is_not_called() -> None:
    said = await found(Counter(ManualClock()))
    assert (said.problem, said.wrong) == ("none_kept", False)


async def test_daily_check_keeps_the_alarm_open_until_the_endpoint_is_corrected() -> None:
    shop, gateway = memory_shop(), Listing(ManualClock(), name="acme")
    check = CheckWebhooks(shop.units, MemoryGateways({"acme": gateway}), shop.clock, SITE)
    for _ in range(2):
        await check("acme")
    async with shop.units() as uow:
        (alarm,) = await uow.alarms.open(10)
    assert alarm.kind == "webhooks_misled"
    assert alarm.facts == {"provider": "acme", "address": HERE, "status": "elsewhere", "missing": ""}
    gateway.known = [WebhookEndpoint(url=HERE)]
    await check("acme")
    gateway.says = GatewayUnavailable("acme", "away")
    with pytest.raises(GatewayUnavailable):
        await check("acme")
    async with shop.units() as uow:
        assert await uow.alarms.open(10) == []
