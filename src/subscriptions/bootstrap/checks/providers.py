"""Check that each payment provider accepts the operator's credentials."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.payment_gateway import (
    GatewayRejected,
    GatewayUnavailable,
    ListsEvents,
    NamesLackingFeatures,
    PaymentGateway,
)
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory

_A_MOMENT: Final = timedelta(minutes=1)
_NOBODY: Final = "-"


def settings_wrong(environ: Mapping[str, str], code: str) -> Problem | None:
    """Return the first problem in a provider's settings; None if the settings are valid."""
    try:
        problems = GatewayFactory(environ, SystemClock()).problems().get(code, ())
    except InvalidInput as error:
        problems = ((error.field, error.problem),)
    for name, problem in problems:
        return Problem(subject=code, code="provider_settings", setting=name, facts={"detail": problem})
    return None


def sells_for_real(environ: Mapping[str, str]) -> bool:
    """Return True if these settings would accept real money. Raises SettingsError."""
    return bool(load(WebSettings, environ).sells_for_real(GatewayFactory(environ, SystemClock())))


async def ask_provider(environ: Mapping[str, str], code: str) -> Problem | None:
    """Return the first problem of one provider, in its settings or with its credentials; None if there
    is no problem.
    """
    problem = settings_wrong(environ, code)
    return problem or next((each for each in await ask_providers(environ) if each.subject == code), None)


async def ask_providers(environ: Mapping[str, str], *, live: bool = False) -> Sequence[Problem]:
    """Return the problems of the configured providers whose library is installed. `live`: True to also check that the
    account at each provider has all features that Umbral uses.
    """
    gateways = GatewayFactory(environ, SystemClock())
    try:
        problems = await asyncio.gather(
            *(
                _ask(gateway, live=live)
                for code in gateways.enabled_names()
                if (gateway := gateways.get(code)) is not None
            )
        )
    finally:
        await gateways.aclose()
    return [problem for problem in problems if problem is not None]


async def _ask(gateway: PaymentGateway, *, live: bool) -> Problem | None:
    problem, detail = "", ""
    try:
        await _something_harmless(gateway)
        if live and isinstance(gateway, NamesLackingFeatures) and (features := await gateway.lacking_features()):
            problem, detail = "provider_lists_less", ", ".join(features)
    except GatewayRejected as refusal:
        problem, detail = "provider_refused", str(refusal)
    except GatewayUnavailable as silence:
        problem, detail = "provider_silent", str(silence)
    return Problem(subject=gateway.name, code=problem, facts={"detail": detail}) if problem else None


async def _something_harmless(gateway: PaymentGateway) -> None:
    """Check a provider's credentials with a read-only request, which needs only permissions that selling requires
    anyway.
    """
    if isinstance(gateway, ListsEvents):
        # Use real time, because external systems do not follow the sandbox's clock.
        now = SystemClock().now()
        await gateway.list_events(now - _A_MOMENT, now)
    else:
        await gateway.fetch_subscription(_NOBODY)
