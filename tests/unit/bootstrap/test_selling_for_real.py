"""Check that live payments require the seller's identity and a support contact."""

from __future__ import annotations

import pytest

from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory

LIVE = {
    "DATABASE_URL": "postgresql://umbral:hidden@127.0.0.1:1/umbral",
    "STRIPE_SECRET_KEY": "sk_live_51ofARealShop",
    "STRIPE_WEBHOOK_SECRET": "whsec_ofARealShop",
}
SAID = {"LEGAL_IDENTITY": "Tienda, S.L. · B00000000", "SUPPORT_CONTACT": "@tienda"}


async def starts(**changes: str) -> None:
    environ = {**LIVE, **changes}
    async with open_core(load(WebSettings, environ), environ=environ):
        pass


async def test_process_with_live_payments_requires_identity_and_contact() -> None:
    with pytest.raises(SettingsError) as refused:
        await starts(LEGAL_IDENTITY=" ")

    assert set(refused.value.problems) == set(SAID)
    assert "stripe would take real money" in str(refused.value)


@pytest.mark.parametrize("changes", [SAID, {"STRIPE_SECRET_KEY": "sk_test_51ofATest"}], ids=["said", "test mode"])
async def test_process_starts_if_identity_and_contact_are_set_or_payments_are_in_test_mode(
    changes: dict[str, str],
) -> None:
    await starts(**changes)


def test_sandbox_clock_disables_live_payments() -> None:
    environ = {**LIVE, "CLOCK_URL": "http://127.0.0.1:1/control/clock"}
    gateways = GatewayFactory(environ, SystemClock())

    assert not load(WebSettings, environ).sells_for_real(gateways)
    assert list(load(WebSettings, LIVE).sells_for_real(gateways)) == ["stripe"]
