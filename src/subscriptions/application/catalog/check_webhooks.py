"""Check of the webhook endpoints that are registered at each provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCause
from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayRegistry,
    GatewayRejected,
    GatewayUnavailable,
    KnowsWebhooks,
    WebhookEndpoint,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

NONE_KEPT: Final = "none_kept"
FINE: Final = "fine"
_HARMLESS: Final = frozenset({FINE, NONE_KEPT, "polling"})


class WebhooksMisled(AlarmKind):
    """Alarm: the provider sends its webhooks to another address, or sends only some of the required events."""

    name = "webhooks_misled"
    closes = ByCause()
    link = AlarmLink.METHODS
    provider: str
    address: str
    status: str
    missing: str


@dataclass(frozen=True, kw_only=True)
class WebhookCheck:
    """Result of the check of one provider.

    address: required webhook address
    detail: details of the problem, as text for staff
    made_at: creation time of the endpoint, and of its secret unless the secret was rotated
    problem: one of the following values

    - `fine`
    - `none_kept`: the provider has no list of endpoints
    - `elsewhere`: no endpoint has the required address; detail: the registered addresses
    - `disabled`: the endpoint is off, or is not the endpoint in the settings
    - `events_missing`
    - `not_allowed`: the API key lacks the permission
    - `no_answer`
    - for Telegram also `polling` (fine), `webhook_set`, `other_address` and `failing`
    """

    provider: str
    address: str
    problem: str
    detail: str = ""
    api_version: str | None = None
    made_at: datetime | None = None

    @property
    def wrong(self) -> bool:
        """Return True if staff must fix a problem."""
        return self.problem not in _HARMLESS


@dataclass(frozen=True)
class CheckWebhooks:
    """Use case that fetches the registered endpoints from the providers, without changing them. `base_url`: URL of the
    site, without a trailing slash.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    base_url: str

    async def __call__(self, provider: str) -> None:
        """Check one provider, and raise or close its alarm. Raises GatewayUnavailable, so that the check is
        repeated.
        """
        if self.gateways.get(provider) is None:
            return
        look = await self.look(provider)
        if look.problem == "no_answer":
            raise GatewayUnavailable(provider, look.detail)
        alarm = None
        if look.wrong:
            log.error("webhooks will not come", provider=provider, problem=look.problem, detail=look.detail)
            alarm = WebhooksMisled(provider=provider, address=look.address, status=look.problem, missing=look.detail)
        async with self.units() as uow:
            await keep_alarm(uow, WebhooksMisled, provider, alarm, self.clock.now())
            await uow.commit()

    async def all(self) -> Sequence[WebhookCheck]:
        """Return the results of all enabled providers."""
        return [await self.look(provider) for provider in self.gateways.enabled_names()]

    async def look(self, provider: str) -> WebhookCheck:
        """Return the result of one provider without raising an alarm."""
        gateway, address = self.gateways.get(provider), f"{self.base_url}/webhooks/{provider}"
        if not isinstance(gateway, KnowsWebhooks):
            return WebhookCheck(provider=provider, address=address, problem=NONE_KEPT)
        try:
            webhook_endpoints = await gateway.webhook_endpoints()
        except GatewayRejected as refusal:
            return WebhookCheck(provider=provider, address=address, problem="not_allowed", detail=str(refusal))
        except GatewayUnavailable as silence:
            return WebhookCheck(provider=provider, address=address, problem="no_answer", detail=str(silence))
        return _judge(provider, address, webhook_endpoints)


def _judge(provider: str, address: str, known_webhook_endpoints: Sequence[WebhookEndpoint]) -> WebhookCheck:
    webhook_endpoints = [each for each in known_webhook_endpoints if each.url.rstrip("/") == address]
    if not webhook_endpoints:
        addresses = ", ".join(sorted({each.url for each in known_webhook_endpoints}))
        return WebhookCheck(provider=provider, address=address, problem="elsewhere", detail=addresses)
    # If several endpoints have the address, the best one counts: an old endpoint that is switched off does no harm.
    best_endpoint = min(webhook_endpoints, key=lambda each: (not each.enabled, len(each.missing)))
    problem = FINE if not best_endpoint.missing else "events_missing"
    return WebhookCheck(
        provider=provider,
        address=address,
        problem=problem if best_endpoint.enabled else "disabled",
        detail=", ".join(best_endpoint.missing),
        api_version=best_endpoint.api_version,
        made_at=best_endpoint.made_at,
    )
