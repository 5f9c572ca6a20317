"""Single events at a market: purchases, cancellations, and actions at a provider's simulator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, get_args

from subscriptions.domain.errors import UmbralError
from tests.shuffle.market import Market
from tests.year.chance import Stream
from umbral_sandbox.payments.money import to_minor, to_text
from umbral_sandbox.payments.simulator import (
    ActionRefused,
    CheckoutAction,
    CheckoutView,
    PaymentAction,
    Simulator,
    SubscriptionAction,
)

ON_CHECKOUTS: Final[tuple[CheckoutAction, ...]] = get_args(CheckoutAction)
ON_SUBSCRIPTIONS: Final[tuple[SubscriptionAction, ...]] = get_args(SubscriptionAction)
ON_PAYMENTS: Final[tuple[PaymentAction, ...]] = get_args(PaymentAction)
PAYS: Final = 0.8
OTHER_SUM: Final = 0.25
EARLY: Final = timedelta(days=5)
"""Maximum time before its due date at which a renewal may be charged. No provider charges a period twice. For providers
without an id for each charge, the period identifies the charge.
"""


@dataclass
class Happenings:
    """Source of random events. The product or the simulator may refuse an event, which then has no effect."""

    market: Market
    chance: Stream

    async def one(self) -> None:
        """Perform one random event."""
        acts: list[Callable[[], Awaitable[None]]] = []
        acts += [self._buy] * 4 + [self._subscription] * 3 + [self._payment] * 2
        acts += [self._change_mind, self._checkout, self._give_back]
        await self.chance.choice(acts)()
        self.market.world.commit()

    async def _buy(self) -> None:
        person, plan = self.chance.choice(self.market.people), self.chance.choice(self.market.plans)
        code = self.chance.choice(self.market.gateways.enabled_names())
        try:
            view = await self.market.container.start_checkout()(person, plan.soft_id, code)
        except UmbralError:
            return
        if self.market.in_chat(code):
            await self.market.shown(person, view.url)
        page = next(each for each in self._stand_in(code).checkouts() if each.url == view.url)
        if self.chance.happens(PAYS):
            self._at_checkout(code, page, "pay")
        else:
            self._at_checkout(code, page, self.chance.choice(ON_CHECKOUTS))

    async def _checkout(self) -> None:
        """Perform a random action on any checkout page, which may be old or already closed."""
        code = self.chance.choice(self.market.gateways.enabled_names())
        pages = self._stand_in(code).checkouts()
        if pages:
            self._at_checkout(code, self.chance.choice(pages), self.chance.choice(ON_CHECKOUTS))

    def _at_checkout(self, code: str, page: CheckoutView, action: CheckoutAction) -> None:
        amount = None
        if action == "pay" and self.chance.happens(OTHER_SUM):
            asked = to_minor(page.amount, page.currency.lower())
            amount = to_text(max(1, round(asked * self.chance.choice((0.4, 0.6, 1.2)))), page.currency.lower())
        try:
            self._stand_in(code).act_on_checkout(page.id, action, amount)
        except (ActionRefused, ValueError):
            return

    async def _subscription(self) -> None:
        code = self.chance.choice(self.market.gateways.enabled_names())
        known = self._stand_in(code).subscriptions()
        if not known:
            return
        one, action = self.chance.choice(known), self.chance.choice(ON_SUBSCRIPTIONS)
        if action == "renew" and one.period_end - self.market.now() > EARLY:
            return
        try:
            self._stand_in(code).act_on_subscription(one.id, action, None)
        except ActionRefused:
            return

    async def _payment(self) -> None:
        code = self.chance.choice(self.market.gateways.enabled_names())
        known = self._stand_in(code).payments()
        if not known:
            return
        payment, action = self.chance.choice(known), self.chance.choice(ON_PAYMENTS)
        amount = None
        if action == "refund" and self.chance.happens(0.4):
            whole = to_minor(payment.amount, payment.currency.lower())
            amount = to_text(max(1, whole // self.chance.randint(2, 4)), payment.currency.lower())
        try:
            self._stand_in(code).act_on_payment(payment.id, action, amount)
        except (ActionRefused, ValueError):
            return

    async def _change_mind(self) -> None:
        """Cancel a renewing subscription as its customer, or undo the cancellation."""
        person, plan = self.chance.choice(self.market.people), self.market.plans[0]
        container = self.market.container
        change = self.chance.choice((container.cancel_subscription(), container.undo_cancellation()))
        try:
            await change(person, plan.soft_id)
        except UmbralError:
            return

    async def _give_back(self) -> None:
        """Refund a payment in full or in part as staff. The provider may refuse."""
        rows = self.market.memory.rows("payments")
        if not rows:
            return
        row, key = self.chance.choice(rows), str(self.chance.randint(1, 1 << 48))
        minor = row.amount.minor if self.chance.happens(0.5) else max(1, row.amount.minor // 3)
        try:
            await self.market.container.worker.refund_payment()(row.id, minor, key)
        except UmbralError:
            return

    def _stand_in(self, code: str) -> Simulator:
        return self.market.payments.simulators[code]
