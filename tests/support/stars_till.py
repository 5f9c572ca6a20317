"""A gateway for Stars connected to a sandbox's Bot API, and a payer in Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import CheckoutRequest, PaymentEvent
from subscriptions.infrastructure.payments.stars import CAPABILITIES
from subscriptions.infrastructure.payments.stars.gateway import StarsGateway
from subscriptions.infrastructure.payments.stars.settings import StarsSettings
from tests.fakes.clock import ManualClock
from tests.support.stars import ORDER
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram.records import Bot, Person
from umbral_sandbox.world.telegram.star_records import StarSubscription

PRICE = Money(1500, "XTR")


def a_request(telegram_id: int, now: datetime, **changes: Any) -> CheckoutRequest:
    """Return a checkout request for a monthly plan, with the given fields replaced."""
    wanted = CheckoutRequest(
        order_id=ORDER,
        telegram_id=telegram_id,
        plan="retabet",
        plan_id="7c9e6679-7425-40de-944b-e07fc1f90ae7",
        description="Retador · Retabet",
        price_ref=None,
        amount=PRICE,
        interval=Interval.MONTH,
        interval_count=1,
        trial_days=0,
        success_url="https://shop.example/thanks",
        cancel_url="https://shop.example/back",
        customer_ref=None,
        locale="es",
        expires_at=now + timedelta(minutes=35),
        idempotency_key=f"checkout:{ORDER}:1",
    )
    return replace(wanted, **changes)


@dataclass
class StarsTill:
    """A bot that sells plans, its gateway, and a customer."""

    sandbox: Sandbox
    bot: Bot
    payer: Person
    gateway: StarsGateway

    def request(self, **changes: Any) -> CheckoutRequest:
        """Return a checkout request for this payer."""
        return a_request(self.payer.id, self.sandbox.world.clock.now(), **changes)

    async def bought(self, **changes: Any) -> PaymentEvent:
        """Pay an invoice, which the bot approves, and return the payment's event."""
        session = await self.gateway.create_checkout_session(self.request(**changes))
        stars = self.sandbox.world.telegram.stars
        invoice = self.sandbox.world.telegram.state.invoices.get(session.url.removeprefix("https://t.me/$"))
        assert invoice is not None
        asked = stars.begin(self.payer.id, invoice)
        stars.answer(self.bot.id, asked.id, ok=True)
        stars.complete(asked)
        return (await self.events())[-1]

    async def events(self) -> list[PaymentEvent]:
        """Return the events of the bot's new updates about payments."""
        now, updates = self.sandbox.world.clock.now(), self.sandbox.world.telegram.updates
        new = updates.fetch(self.bot.id)
        updates.drop(self.bot.id)
        sealed = [self.gateway.seal_update(update, now) for update in new]
        return [await self.gateway.parse_webhook(request) for request in sealed if request is not None]

    def subscription(self, event: PaymentEvent) -> StarSubscription:
        """Return the subscription's data at Telegram."""
        found = self.sandbox.world.telegram.stars.subscriptions.get(event.payment_key or "")
        assert found is not None
        return found


@asynccontextmanager
async def open_stars_till() -> AsyncIterator[StarsTill]:
    """Open a gateway with a bot and a payer at a new sandbox."""
    async with running_sandbox() as sandbox:
        people = sandbox.world.telegram.people
        bot, payer = people.add_bot("shop_bot", "Shop"), people.add_person("Ana", language_code="es")
        sandbox.world.telegram.chats.start(payer.id, bot.id)
        sandbox.world.telegram.updates.drop(bot.id)
        sandbox.world.commit()
        environ = {
            "STARS": "on",
            "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": bot.token,
            "TELEGRAM_BOT_API_BASE": sandbox.url,
        }
        settings = StarsSettings.from_environ(environ)
        assert settings is not None
        clock = ManualClock(sandbox.world.clock.now())
        gateway = StarsGateway(settings, clock, CAPABILITIES)
        try:
            yield StarsTill(sandbox, bot, payer, gateway)
        finally:
            await gateway.aclose()
