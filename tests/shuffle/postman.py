"""Delivery of the simulated providers' webhooks, which are signed as by the real providers, and delivered once,
repeatedly, late or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from subscriptions.domain.ports.payment_gateway import (
    Capability,
    PaymentEvent,
    PaymentEventKind,
    TakesChatPayments,
    WebhookRequest,
)
from subscriptions.domain.ports.repositories.inbox import InboxStatus
from tests.shuffle.market import Market
from tests.shuffle.promises import Broken, live_rows
from tests.year.chance import Stream

CHAT_UPDATES: Final = ["message", "pre_checkout_query", "subscription"]
LOST: Final = 0.1
LATE: Final = 0.15
"""Shares of the webhooks that are lost (`LOST`), whose events the product must fetch itself, and of those that are
delivered in a later burst (`LATE`).
"""


@dataclass(frozen=True, eq=False)
class Letter:
    """One webhook of a provider, or one update of the bot about a payment.

    text: body of the webhook.
    """

    provider: str
    number: int
    text: str = ""
    update: Mapping[str, object] | None = None


@dataclass
class Postman:
    """Deliverer of the providers' webhooks and updates ("letters").

    delivered: number of deliveries, copies included.
    lost: letters that never arrive.
    late: letters to be delivered in a later burst.
    """

    market: Market
    chance: Stream
    delivered: int = 0
    lost: list[Letter] = field(default_factory=list)
    late: list[Letter] = field(default_factory=list)
    _gone: dict[Letter, PaymentEvent] = field(default_factory=dict)
    _taken: int = 0
    _last_update: int = 0
    _new: list[Letter] = field(default_factory=list)

    async def collect(self) -> None:
        """Collect new events. Must be called more than once per simulated day, because the simulated Telegram keeps
        updates for only one day.
        """
        found = [each for each in self.market.payments.deliveries.all() if each.id > self._taken]
        for each in found:
            self._taken = max(self._taken, each.id)
            self._new.append(Letter(each.provider, each.id, each.body))
        await self._listen()

    async def round(self, *, last: bool = False) -> list[Letter]:
        """Return the letters to deliver now, in random order, each one to three times. last: True to return all
        remaining letters.
        """
        new, self._new = self._new, []
        due, self.late = self.late, []
        posted: list[Letter] = []
        for letter in [*due, *new]:
            if not last and letter in new and await self._lose(letter):
                self.lost.append(letter)
            elif not last and self.chance.happens(LATE):
                self.late.append(letter)
            else:
                posted += [letter] * self.chance.randint(1, 3)
        self.chance.shuffle(posted)
        return posted

    async def hand_in(self, letter: Letter) -> None:
        """Deliver a letter to the product's endpoint. The letter is signed at the current time, as in a provider's
        retries.
        """
        receive = self.market.container.web.receive_webhook()
        for request in self._requests(letter):
            await receive(letter.provider, dict(request.headers), request.body)
            self.delivered += 1

    def retry_unfetched(self) -> list[Letter]:
        """Queue the lost letters that the product did not have to fetch, because the subscription ended or the order
        was paid otherwise, and return these letters. This simulates the provider's last retry. Raises Broken if the
        product should have fetched a lost event.
        """
        memory = self.market.memory
        known = {(row.provider, row.payment_key) for row in memory.rows("payments")}
        live = {(row.provider, row.provider_ref) for row in live_rows(self.market)}
        paid = {str(order.id) for order in memory.rows("orders") if str(order.status) == "paid"}
        again = []
        for letter, event in self._gone.items():
            # An approved payment that was not captured is no money yet.
            if event.payment_key is None or (letter.provider, event.payment_key) in known:
                continue
            if (letter.provider, event.subscription_ref) in live or event.order_id not in paid:
                raise Broken(f"What nobody tells is found by asking: {event}")
            again.append(letter)
        self._new += again
        return again

    def outstanding(self) -> set[tuple[str, str | None]]:
        """Return the provider and the order of each event that was not delivered; None instead of the order if the
        event names no order.
        """
        orders = [str(order.id) for order in self.market.memory.rows("orders")]
        found: set[tuple[str, str | None]] = set()
        for letter in [*self.lost, *self.late, *self._new]:
            named = [order for order in orders if order in letter.text]
            found |= {(letter.provider, order) for order in named} or {(letter.provider, None)}
        for entry in self.market.memory.rows("webhook_inbox"):
            if entry.status is InboxStatus.PARKED:
                found.add((entry.event.provider, entry.event.order_id))
        return found

    async def _lose(self, letter: Letter) -> bool:
        """Return True if a letter may be lost. Only events that the product also fetches may be lost: those about an
        open order's payment or a live subscription, at a provider that supports fetching.
        """
        gateway = self.market.gateways.get(letter.provider)
        if gateway is None or letter.update is not None or not self.chance.happens(LOST):
            return False
        can = gateway.capabilities
        orders = {str(order.id) for order in self.market.memory.rows("orders") if str(order.status) == "open"}
        live = {(row.provider, row.provider_ref) for row in live_rows(self.market) if row.provider_ref is not None}
        for request in self._requests(letter):
            event = await gateway.parse_webhook(request)
            first = Capability.FETCH in can and event.order_id in orders
            later = Capability.FETCH_PAYMENTS in can and (letter.provider, event.subscription_ref) in live
            if event.kind is PaymentEventKind.PAYMENT_COMPLETED and (first or later):
                self._gone[letter] = event
                return True
        return False

    def _requests(self, letter: Letter) -> Iterator[WebhookRequest]:
        now = self.market.now()
        if letter.update is None:
            headers, body = self.market.payments.deliveries.sealed(letter.provider, letter.text, now)
            lowered = {name.lower(): value for name, value in headers.items()}
            yield WebhookRequest(headers=lowered, body=body, received_at=now)
            return
        gateway = self.market.gateways.get(letter.provider)
        if isinstance(gateway, TakesChatPayments):
            sealed = gateway.seal_update(letter.update, now)
            if sealed is not None:
                yield sealed

    async def _listen(self) -> None:
        token = self.market.environ["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"]
        wanted = {"allowed_updates": CHAT_UPDATES, "limit": 100, "offset": self._last_update + 1}
        updates: list[dict[str, Any]] = (
            (await self.market.http.post(f"/bot{token}/getUpdates", json=wanted)).raise_for_status().json()["result"]
        )
        for update in updates:
            self._last_update = max(self._last_update, int(update["update_id"]))
            for code in self.market.gateways.enabled_names():
                if self.market.in_chat(code):
                    self._new.append(Letter(code, self._last_update, str(update), update))
