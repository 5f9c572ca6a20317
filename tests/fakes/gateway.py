"""In-memory payment gateway, with scripted answers and recorded calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CheckoutRequest,
    CheckoutSession,
    CheckoutState,
    GatewayDescriptor,
    MalformedWebhook,
    PaymentEvent,
    PaymentGateway,
    ProviderStatus,
    SettingState,
    SubscriptionSnapshot,
    WebhookRequest,
)

CAPABILITIES = frozenset({Capability.RECURRING, Capability.CANCEL_AT_PERIOD_END, Capability.RESUME})
OF_A_PROVIDER = CAPABILITIES | {
    Capability.TRIAL,
    Capability.FETCH,
    Capability.REFUND,
    Capability.EXPIRE_CHECKOUT,
    Capability.CHANGE_PLAN,
    Capability.FETCH_PAYMENTS,
    Capability.FETCH_DISPUTES,
    Capability.TAKE_EVIDENCE,
    Capability.LIST_EVENTS,
    Capability.FIRST_PRICE,
    Capability.HOLD,
}
"""Capabilities of the gateway with a full lifecycle, see `Provider`."""


class NoSettings:
    """A provider without settings."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> NoSettings | None:
        return cls()


@dataclass
class MemoryGateway:
    """In-memory PaymentGateway. errors: raised by the next calls in order, None = no error. sessions: checkouts by
    idempotency key.

    checkouts: state of a session, by its id.
    """

    clock: Clock
    name: str = "memory"
    capabilities: frozenset[Capability] = CAPABILITIES
    errors: list[Exception | None] = field(default_factory=list)
    requests: list[CheckoutRequest] = field(default_factory=list)
    sessions: dict[str, CheckoutSession] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionSnapshot] = field(default_factory=dict)
    checkouts: dict[str, CheckoutState] = field(default_factory=dict)
    currencies: frozenset[str] | None = None

    def _raise_next_error(self) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error

    def begin(self, ref: str, days: int = 30) -> SubscriptionSnapshot:
        """Create a subscription that was paid now."""
        now = self.clock.now()
        self.subscriptions[ref] = SubscriptionSnapshot(
            ref=ref,
            status=ProviderStatus.ACTIVE,
            raw_status="active",
            current_period_start=now,
            current_period_end=now + timedelta(days=days),
            cancel_at_period_end=False,
            fetched_at=now,
        )
        return self.subscriptions[ref]

    async def create_checkout_session(self, request: CheckoutRequest) -> CheckoutSession:
        self._raise_next_error()
        self.requests.append(request)
        number = len(self.sessions) + 1
        session = CheckoutSession(
            provider=self.name,
            id=f"session-{number}",
            url=f"https://pay.example/{self.name}/{number}",
            expires_at=request.expires_at,
        )
        return self.sessions.setdefault(request.idempotency_key, session)

    async def fetch_checkout(self, session_ref: str) -> CheckoutState | None:
        self._raise_next_error()
        made = any(session.id == session_ref for session in self.sessions.values())
        nothing = CheckoutState(paid=False, expired=False, event=None) if made else None
        return self.checkouts.get(session_ref, nothing)

    async def cancel_subscription(self, ref: str, *, at_period_end: bool = True) -> bool:
        self._raise_next_error()
        return self._change(ref, cancel=True)

    async def resume_subscription(self, ref: str) -> bool:
        self._raise_next_error()
        return self._change(ref, cancel=False)

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        raise MalformedWebhook(self.name, "it sends none")

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self._raise_next_error()
        known = self.subscriptions.get(ref)
        return dataclasses.replace(known, fetched_at=self.clock.now()) if known else None

    async def aclose(self) -> None:
        """Do nothing: no connection is open."""

    def _change(self, ref: str, *, cancel: bool) -> bool:
        known = self.subscriptions.get(ref)
        if known is None:
            return False
        end: datetime | None = known.current_period_end if cancel else None
        self.subscriptions[ref] = dataclasses.replace(known, cancel_at_period_end=cancel, cancel_at=end)
        return True


class FakeGateway(PaymentGateway, Protocol):
    """Protocol of the in-memory gateways. currencies: currencies that a real gateway's descriptor would name."""

    @property
    def currencies(self) -> frozenset[str] | None: ...


@dataclass
class MemoryGateways:
    """GatewayRegistry of in-memory gateways. wrong: settings that keep a provider disabled, by its code. periods:
    periods for which a provider can charge automatically; None for all. charges: function that returns True for the
    amounts that the providers can charge and refund.
    """

    gateways: dict[str, FakeGateway]
    wrong: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    periods: dict[str, frozenset[tuple[Interval, int]]] = field(default_factory=dict)
    charges: Callable[[Money], bool] = lambda _: True

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        return {
            code: GatewayDescriptor(
                code=code,
                label={"es": f"Pago {code}", "en": f"Pay {code}"},
                speed={"es": "al instante", "en": "instantly"},
                capabilities=gateway.capabilities,
                # A provider's real adapter has no such attribute; its descriptor names the currencies.
                currencies=getattr(gateway, "currencies", None),
                settings=NoSettings,
                load=lambda settings, clock, gateway=gateway: gateway,
                periods=self.periods.get(code),
                charges=self.charges,
            )
            for code, gateway in self.gateways.items()
        }

    def enabled_names(self) -> tuple[str, ...]:
        return tuple(self.gateways)

    def get(self, provider: str) -> PaymentGateway | None:
        return self.gateways.get(provider)

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        return self.wrong

    def settings(self, provider: str) -> Sequence[SettingState]:
        wrong = dict(self.wrong.get(provider, ()))
        names = dict.fromkeys([*wrong, *([f"{provider.upper()}_KEY"] if provider in self.gateways else [])])
        return [SettingState(name=name, is_given=name not in wrong, problem=wrong.get(name)) for name in names]

    def livemode(self, provider: str) -> bool | None:
        return False if provider in self.gateways else None

    async def aclose(self) -> None:
        """Do nothing: no connection is open."""
