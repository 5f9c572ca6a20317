"""Actions of a customer, the customer's bank and the clock at a provider, while a check observes the
product's gateway.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import httpx
import stripe

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, CheckoutState, PaymentGateway, PriceRequest

PLAN: Final = "umbral-live"
THE_PLAN: Final = f"what was made for the plan {PLAN}, which the next run uses again, and checkouts that nobody paid"
SUBSCRIBE, RENEW, FAIL, DISPUTE, CUSTOMER = "subscribe", "renew", "fail", "dispute", "customer"
POLL_S: Final = 0.2
STAND_IN_PATIENCE_S: Final = 20.0
SERVICE_PATIENCE_S: Final = 180.0
PERSON_PATIENCE_S: Final = 900.0


class TooLong(Exception):
    """Raised if the service did not reach the expected state in time."""


async def until(look: Callable[[], Awaitable[Any]], patience_s: float, what: str) -> Any:
    """Return the first truthy result of `look`. Raise TooLong after `patience_s` seconds."""
    deadline = asyncio.get_running_loop().time() + patience_s
    while not (found := await look()):
        if asyncio.get_running_loop().time() > deadline:
            raise TooLong(f"{what}: nothing after {patience_s:.0f} s")
        await asyncio.sleep(POLL_S)
    return found


class Hand(Protocol):
    """Actions that can be performed at a provider. acts: the supported actions. patience_s: timeout in seconds for
    their results. left: descriptions of objects that remain at the provider.
    """

    acts: frozenset[str]
    patience_s: float
    left: list[str]

    async def subscribe(self, request: CheckoutRequest, *, disputed: bool = False) -> str:
        """Subscribe as a customer, and return the subscription's id at the provider. disputed: True to have the
        customer's bank dispute the payment.
        """
        ...

    async def renew(self, ref: str) -> None:
        """Advance the time so that the subscription is charged again."""
        ...

    async def fail(self, ref: str) -> None:
        """Replace the customer's card by one that is declined, and advance the time so that the next charge fails."""
        ...

    async def customer(self, email: str) -> str:
        """Create a customer without a subscription, and return the customer's id at the provider."""
        ...

    async def clean(self) -> None:
        """Delete the objects that were created at the provider."""
        ...


async def _checkout_paid(gateway: Any, session: str) -> str | None:
    state: CheckoutState | None = await gateway.fetch_checkout(session)
    return state.event.subscription_ref if state is not None and state.event is not None else None


@dataclass
class StandInHand:
    """Actions through the control interface of the simulators. control: URL of that interface."""

    code: str
    gateway: PaymentGateway
    control: str
    stripe_client: Any = None
    acts: frozenset[str] = frozenset({SUBSCRIBE, RENEW, FAIL, DISPUTE, CUSTOMER})
    patience_s: float = STAND_IN_PATIENCE_S
    left: list[str] = field(default_factory=list)

    async def subscribe(self, request: CheckoutRequest, *, disputed: bool = False) -> str:
        session = await self.gateway.create_checkout_session(request)
        checkouts = (await self._ask("GET", "checkouts"))["checkouts"]
        (mine,) = [each for each in checkouts if each["provider"] == self.code and session.id in _names(each)]
        await self._ask("POST", f"checkouts/{mine['id']}/pay")
        ref: str = await until(
            lambda: _checkout_paid(self.gateway, session.id), self.patience_s, "a paid checkout's subscription"
        )
        if disputed:
            await self._act(ref, "dispute")
        return ref

    async def renew(self, ref: str) -> None:
        await self._act(ref, "renew")

    async def fail(self, ref: str) -> None:
        await self._act(ref, "fail_payment")
        await self._act(ref, "renew")

    async def customer(self, email: str) -> str:
        made = await self.stripe_client.v1.customers.create_async({"email": email})
        return str(made.id)

    async def clean(self) -> None:
        """Do nothing, because the simulators discard their world."""

    async def _act(self, ref: str, act: str) -> None:
        await self._ask("POST", f"subscriptions/{self.code}/{ref}/{act}")

    async def _ask(self, method: str, path: str) -> Any:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            answer = await http.request(method, f"{self.control}/control/{path}")
        answer.raise_for_status()
        return answer.json()


def _names(checkout: dict[str, Any]) -> set[str]:
    return {checkout["id"], checkout.get("subscription") or "", checkout.get("reference") or ""} | {
        part for part in checkout["url"].replace("?", "/").replace("=", "/").split("/") if part
    }


@dataclass
class TestClockHand:
    """Automated actions in Stripe's test mode. Each subscription has its own test clock; deleting the clock deletes all
    of its objects (docs.stripe.com/billing/testing/test-clocks).

    The subscription is created by the API with the metadata of our checkout, because a program cannot pay on Stripe's
    page.
    """

    gateway: Any
    client: stripe.StripeClient
    acts: frozenset[str] = frozenset({SUBSCRIBE, RENEW, FAIL, DISPUTE, CUSTOMER})
    patience_s: float = SERVICE_PATIENCE_S
    # Stripe returns the same price for a repeated idempotency key for a day, so it would return an archived price.
    left: list[str] = field(default_factory=lambda: [THE_PLAN])
    _clocks: dict[str, str] = field(default_factory=dict)
    _customers: list[str] = field(default_factory=list)

    async def subscribe(self, request: CheckoutRequest, *, disputed: bool = False) -> str:
        card = "pm_card_createDispute" if disputed else "pm_card_visa"
        clock, customer = await self._on_a_clock(card)
        price = request.price_ref or await self.gateway.ensure_price(price_request(request.amount))
        made = await self.client.v1.subscriptions.create_async(
            {
                "customer": customer,
                "items": [{"price": price}],
                "metadata": {
                    "order_id": request.order_id,
                    "telegram_id": str(request.telegram_id),
                    "plan": request.plan,
                    "plan_id": request.plan_id,
                },
            }
        )
        self._clocks[made.id] = clock
        return made.id

    async def renew(self, ref: str) -> None:
        snapshot = await self.gateway.fetch_subscription(ref)
        await self._advance(self._clocks[ref], snapshot.current_period_end + timedelta(hours=2))

    async def fail(self, ref: str) -> None:
        subscription = await self.client.v1.subscriptions.retrieve_async(ref)
        customer = subscription.customer if isinstance(subscription.customer, str) else subscription.customer.id
        await self._give_card(customer, "pm_card_chargeCustomerFail")
        await self.renew(ref)

    async def customer(self, email: str) -> str:
        made = await self.client.v1.customers.create_async({"email": email})
        self._customers.append(made.id)
        return made.id

    async def clean(self) -> None:
        steps: list[tuple[str, Awaitable[object]]] = [
            *(
                (each, self.client.v1.test_helpers.test_clocks.delete_async(each))
                for each in set(self._clocks.values())
            ),
            *((each, self.client.v1.customers.delete_async(each)) for each in self._customers),
        ]
        for name, step in steps:
            try:
                await step
            except stripe.StripeError as error:
                self.left.append(f"{name} ({error.user_message or type(error).__name__})")

    async def _on_a_clock(self, card: str) -> tuple[str, str]:
        clock = await self.client.v1.test_helpers.test_clocks.create_async(
            {"frozen_time": int(datetime.now(UTC).timestamp()), "name": PLAN}
        )
        self._clocks[clock.id] = clock.id
        customer = await self.client.v1.customers.create_async({"test_clock": clock.id, "name": PLAN})
        await self._give_card(customer.id, card)
        return clock.id, customer.id

    async def _give_card(self, customer: str, card: str) -> None:
        attached = await self.client.v1.payment_methods.attach_async(card, {"customer": customer})
        await self.client.v1.customers.update_async(
            customer, {"invoice_settings": {"default_payment_method": attached.id}}
        )

    async def _advance(self, clock: str, to: datetime) -> None:
        clocks = self.client.v1.test_helpers.test_clocks
        await clocks.advance_async(clock, {"frozen_time": int(to.timestamp())})

        async def is_ready() -> bool:
            return (await clocks.retrieve_async(clock)).status == "ready"

        await until(is_ready, self.patience_s, "a test clock that was moved")


@dataclass
class PersonHand:
    """Actions performed by a person at the terminal, who pays on the linked page. Events that need time or a bank are
    not supported.
    """

    gateway: Any
    patience_s: float = PERSON_PATIENCE_S
    left: list[str] = field(default_factory=lambda: [THE_PLAN])

    @property
    def acts(self) -> frozenset[str]:
        """Return the supported actions; none without a terminal."""
        return frozenset({SUBSCRIBE}) if sys.stdin.isatty() else frozenset()

    async def subscribe(self, request: CheckoutRequest, *, disputed: bool = False) -> str:
        session = await self.gateway.create_checkout_session(request)
        print(f"\nPay here with a test buyer, within a quarter of an hour:\n  {session.url}\n", flush=True)
        ref: str = await until(
            lambda: _checkout_paid(self.gateway, session.id), self.patience_s, "a payment by whoever sits here"
        )
        self.left.append(f"the subscription {ref}, canceled, with its payment")
        return ref

    async def renew(self, ref: str) -> None:
        raise NotImplementedError

    async def fail(self, ref: str) -> None:
        raise NotImplementedError

    async def customer(self, email: str) -> str:
        raise NotImplementedError

    async def clean(self) -> None:
        """Do nothing, because a provider's sandbox keeps its payments."""


def price_request(amount: Money) -> PriceRequest:
    """Return a request for a monthly price."""
    return PriceRequest(
        plan=PLAN,
        name="Umbral live check",
        description="Made by make live, of no use afterwards",
        amount=amount,
        recurring=True,
        interval=Interval.MONTH,
        interval_count=1,
    )
