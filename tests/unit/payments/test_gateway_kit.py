"""Check that all installed gateways pass the conformance kit, and that the kit finds planted faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Self

import pytest

from subscriptions.domain.ports.payment_gateway import Capability, GatewayDescriptor, PaymentEvent, WebhookRequest
from subscriptions.infrastructure.payments.gateway_factory import installed_gateways
from subscriptions.infrastructure.payments.stripe import CAPABILITIES
from subscriptions.infrastructure.payments.stripe.gateway import StripeGateway
from subscriptions.infrastructure.payments.stripe.translate import translate
from subscriptions.infrastructure.providers.reader import Node
from tests.support.stripe import NOW, FakeClock, event, invoice, settings
from umbral.testing import (
    GATEWAYS,
    descriptor_faults,
    gateway_faults,
    gateways_without_simulator,
    webhook_faults,
)

STRIPE = installed_gateways()["stripe"]


class AlwaysOn:
    """Settings of a gateway that cannot be disabled."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self | None:
        """Return settings in every environment, which is the planted fault."""
        return cls()


class Gullible(StripeGateway):
    """Gateway that does not verify deliveries."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Accept every delivery."""
        return translate(Node(event("invoice.paid", invoice("new"))), NOW)


class Careless(StripeGateway):
    """Gateway that raises an unexpected error for its input."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        """Raise an error of Python's decoder instead of an error of the gateway protocol."""
        raise UnicodeDecodeError("utf-8", request.body, 0, 0, "")


def test_every_gateway_has_a_simulator() -> None:
    assert gateways_without_simulator() == []


@pytest.mark.parametrize("entry", entry_points(group=GATEWAYS), ids=lambda entry: entry.name)
def test_every_gateway_descriptor_passes_the_conformance_kit(entry: object) -> None:
    name = getattr(entry, "name", "")
    assert descriptor_faults(name, installed_gateways()[name]) == []


async def test_stripe_gateway_passes_the_conformance_kit(gateway: StripeGateway) -> None:
    assert gateway_faults(STRIPE, gateway) == []
    assert await webhook_faults(gateway, NOW) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "Other"}, "the code 'Other'"),
        ({"label": {"es": "Tarjeta"}}, "the label has no words in 'en'"),
        ({"speed": {"es": " ", "en": "now"}}, "the speed has no words in 'es'"),
        ({"currencies": frozenset(["eur"])}, "ISO codes"),
        ({"settings": AlwaysOn}, "must be disabled"),
    ],
)
def test_conformance_kit_finds_a_faulty_descriptor(changes: dict[str, object], words: str) -> None:
    faulty: GatewayDescriptor = replace(STRIPE, **changes)
    (fault,) = descriptor_faults("stripe", faulty)
    assert words in fault


async def test_conformance_kit_finds_capabilities_that_differ_from_the_implementation() -> None:
    gateway = StripeGateway(settings(), FakeClock(), CAPABILITIES - {Capability.REFUND} | {Capability.IN_CHAT})
    faults = gateway_faults(STRIPE, gateway)
    await gateway.aclose()
    assert len(faults) == 2
    assert "in_chat" in faults[0]
    assert faults[1].startswith("refund must be declared")


@pytest.mark.parametrize(("kind", "words"), [(Gullible, "accepted without proof"), (Careless, "UnicodeDecodeError")])
async def test_conformance_kit_finds_a_gateway_that_accepts_unverified_webhooks(
    kind: type[StripeGateway], words: str
) -> None:
    gateway = kind(settings(), FakeClock(), CAPABILITIES)
    faults = await webhook_faults(gateway, NOW)
    await gateway.aclose()
    assert faults
    assert all(words in fault for fault in faults)
