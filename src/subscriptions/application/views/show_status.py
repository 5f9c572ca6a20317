"""Current status of a customer, shown by the command `/estado`."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.access.plan_chats import ChatView, chats_of, first_chat_of, gives_own, left_at
from subscriptions.application.access.resource_kind import kind_of_channel
from subscriptions.application.access.waiting_days import WaitingDays, waiting_days
from subscriptions.application.alarms.under_review import under_review
from subscriptions.application.catalog.method_prices import charged_next, next_amount
from subscriptions.application.catalog.phone_sales import is_taken_here
from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments import part_payments
from subscriptions.application.people.customers import known_customer
from subscriptions.application.views.shown import shown_subscriptions
from subscriptions.application.vip.vip_view import VipView, vip_view
from subscriptions.domain.entities.access import MAY_ENTER, WAITS_FOR_LINK, AccessStatus
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import HOLDS_PURCHASE, Payment
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.entities.vip_entry import FIRST_STAGE, SECOND_STAGE
from subscriptions.domain.ids import OrderId, PlanId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, part_policy, pause_policy, payment_policy, pricing
from subscriptions.domain.services.time_origin import TimeOrigin, origin_of


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """Payment on the status card."""

    at: datetime
    amount: Money
    reference: str


@dataclass(frozen=True, kw_only=True)
class OpenedChat:
    """Chat or content that a plan includes.

    invite_url, invite_until: valid invite link for a customer who has not joined, and its expiry
    url: link for a member
    handed_over: slug of content that the bot delivers; None for a chat
    stage: current entry step
    left_at: time at which the customer left
    """

    title: str
    access: AccessStatus | None
    invite_url: str | None
    url: str | None
    handed_over: str | None = None
    stage: int | None = None
    left_at: datetime | None = None
    invite_until: datetime | None = None

    @property
    def lacks_link(self) -> bool:
        """Return True if the customer may join now, and has no valid link."""
        return self.invite_url is None and self.stage not in {FIRST_STAGE, SECOND_STAGE} and _may_join(self.access)


@dataclass(frozen=True, kw_only=True)
class SubscriptionView:
    """Subscription on the status card.

    invite_url, invite_until: valid invite link while the customer has not joined, and its expiry
    channel_url: link to the channel for a member
    plan: emoji and name of the plan
    grace_until: end of access after a failed charge
    charging_until: end of access while the charge of the current period is still under way; None otherwise
    vip: True if it is for the VIP channel, whose state is in `StatusView.vip`
    renewable: True if more time can be bought now
    is_owed: True if a charge failed, so that a purchase by any method takes its place
    next_plan, next_price, next_at: plan change scheduled for the renewal; None if there is none
    is_paused: True if it is paused
    pausable: True if it can be paused, provided that its provider supports pauses
    pause_until: date of the next charge after a pause
    for_life: True if it has no end
    repeatable: True if a former customer can buy it again
    chats: all chats and content that the plan includes, in order; empty for a single personal channel or the VIP
        channel alone
    own: True if it includes a personal channel, which is kept after the customer leaves
    left_at: time at which the customer left the subscription's chat
    next_charge, next_amount: time and amount of the provider's next charge; both None if there is none
    renews_until: time scheduled at the provider after which the subscription no longer renews
    origin: source of the time, if no charge follows; None if a charge may follow
    is_far: True if the end of access is so far ahead that its year must be shown
    waiting: days of other plans that wait until this plan's days are over
    """

    soft_id: str
    plan: str
    plan_name: str
    price: Money
    interval: Interval | None
    interval_count: int
    status: SubscriptionStatus
    access: AccessStatus | None
    access_until: datetime | None
    period_end: datetime | None
    grace_until: datetime | None
    renews: bool
    can_undo: bool
    invite_url: str | None
    provider: str | None
    channel_url: str | None = None
    vip: bool = False
    renewable: bool = False
    is_owed: bool = False
    next_charge: datetime | None = None
    next_amount: Money | None = None
    renews_until: datetime | None = None
    next_plan: str | None = None
    next_price: Money | None = None
    next_at: datetime | None = None
    is_paused: bool = False
    pausable: bool = False
    pause_until: datetime | None = None
    for_life: bool = False
    repeatable: bool = True
    chats: tuple[OpenedChat, ...] = ()
    own: bool = True
    left_at: datetime | None = None
    origin: TimeOrigin | None = None
    is_far: bool = False
    waiting: tuple[WaitingDays, ...] = ()
    charging_until: datetime | None = None
    invite_until: datetime | None = None

    @property
    def lacks_link(self) -> bool:
        """Return True if the customer may join a chat of the plan now, and has no valid link to that chat."""
        if self.chats:
            return any(chat.lacks_link for chat in self.chats)
        return self.invite_url is None and _may_join(self.access)

    @property
    def had_link(self) -> bool:
        """Return True if the customer lacks a link that existed before, and not the first one."""
        lacking = [each.access for each in self.chats if each.lacks_link] if self.chats else [self.access]
        return any(access is not AccessStatus.PENDING for access in lacking)


@dataclass(frozen=True, kw_only=True)
class OpenOrderView:
    """Order that waits for payment.

    plan: emoji and name of the plan
    price: amount due now
    received_amount: amount paid before; None if nothing was paid
    url, expires_at: URL and expiry of the checkout; without a checkout, the expiry of the order
    provider: last chosen provider; empty if none was chosen
    is_asked: True if the customer chose to buy or made a partial payment; False if they only viewed a card with a
        payment link
    """

    reference: str
    soft_id: str
    plan: str
    plan_name: str
    price: Money
    url: str | None
    expires_at: datetime
    received_amount: Money | None = None
    provider: str = ""
    is_asked: bool = True


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """Payment under review.

    reason: review reason, with `_returning` appended while the payment is refunded automatically
    asked_amount: price of the order
    holds: True if the plan must not be paid again during the review
    """

    reference: str
    soft_id: str
    plan_name: str
    reason: str
    received_amount: Money
    asked_amount: Money
    holds: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """Data that the command `/estado` shows.

    vip: state of the VIP channel, for a customer with a live plan that includes it
    rituals: state of other channels whose entry steps the customer has not completed
    reviews: payments under review that were not refunded. Their orders are not listed among the open ones, because they
        must not be paid again.
    """

    subscriptions: tuple[SubscriptionView, ...]
    open_orders: tuple[OpenOrderView, ...]
    payments: tuple[PaymentView, ...]
    vip: VipView | None = None
    reviews: tuple[ReviewView, ...] = ()
    rituals: tuple[VipView, ...] = ()

    @property
    def live(self) -> tuple[SubscriptionView, ...]:
        """Live subscriptions."""
        return tuple(view for view in self.subscriptions if view.status is not SubscriptionStatus.EXPIRED)

    def find_link(self, item: SubscriptionView) -> SubscriptionView | VipView:
        """Return the view with the invite link of a subscription: its own, or the one to the VIP channel."""
        return self.vip if self.vip is not None and item.vip and item.invite_url is None else item


def _may_join(access: AccessStatus | None) -> bool:
    return access in WAITS_FOR_LINK or access is AccessStatus.LEFT


PAYMENTS_SHOWN = 3
FAR: Final = timedelta(days=330)
"""Minimum distance of a date from now for which the year must be shown, because the date would otherwise be read as one
of the current year.
"""


@dataclass(frozen=True)
class ShowStatus:
    """Use case that returns the current data of `/estado`."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId) -> StatusView:
        """Return the data. Raises Permanent for a person who never wrote to the bot."""
        # The time is confirmed, because it decides whether a link is valid or a new one is created.
        now = await self.clock.confirm()
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            subscriptions = await shown_subscriptions(uow, customer.id)
            payments = await uow.payments.of_customer(customer.id, PAYMENTS_SHOWN)
            reviewed_payments = await under_review(uow, customer.id)
            order_ids = {order.id for payment, order in reviewed_payments if payment.flag in HOLDS_PURCHASE}
            return StatusView(
                subscriptions=tuple([await self._view(uow, customer, item, now) for item in _newest(subscriptions)]),
                open_orders=tuple(await self._orders(uow, customer, order_ids, now)),
                payments=tuple(
                    PaymentView(at=item.occurred_at, amount=item.amount, reference=item.reference) for item in payments
                ),
                vip=await vip_view(uow, customer.id, now, self.policy.grace),
                reviews=tuple([await _review(uow, payment, order) for payment, order in reviewed_payments]),
                rituals=tuple(await _rituals(uow, customer, now, self.policy.grace)),
            )

    async def _view(
        self, uow: UnitOfWork, customer: Customer, subscription: Subscription, now: datetime
    ) -> SubscriptionView:
        plan = await uow.plans.get(subscription.plan_id)
        service_plan = (
            await uow.plans.get(subscription.coming_plan_id) if subscription.coming_plan_id is not None else None
        )
        interval, count = subscription.period(plan) if plan is not None else (None, 1)
        chats = (
            await chats_of(uow, customer.id, plan, self.policy, now) if plan is not None and plan.lists_chats else ()
        )
        channel, access = await first_chat_of(uow, subscription, plan) if not chats else (None, None)
        # A link to the VIP channel also depends on the entry steps, so it is in `StatusView.vip`.
        invites = await _own_invites(uow, channel)
        is_shown = access_policy.may_see_link(access, None)
        invite = next((each for each in invites if is_shown and each.usable(now)), None)
        return SubscriptionView(
            soft_id=plan.soft_id if plan else "",
            plan=plan.label if plan else "",
            plan_name=plan.name if plan else "",
            price=subscription.price,
            interval=interval,
            interval_count=count,
            status=subscription.status,
            access=access.status if access else chats[0].access if chats else None,
            access_until=self._access_end(subscription, plan, now),
            period_end=subscription.current_period_end,
            grace_until=self._grace_until(subscription, plan),
            charging_until=self._charging_until(subscription, plan, now),
            renews=subscription.renews,
            can_undo=subscription.undoable(now),
            invite_url=invite.url if invite is not None else None,
            invite_until=invite.expires_at if invite is not None else None,
            channel_url=inside_url(channel) if access and access.status is AccessStatus.ACTIVE else None,
            provider=subscription.provider,
            next_plan=service_plan.name if service_plan else None,
            next_price=await charged_next(uow, subscription, service_plan),
            next_charge=subscription.next_charge,
            next_amount=await next_amount(uow, subscription, service_plan) if subscription.next_charge else None,
            renews_until=subscription.cancel_at if subscription.renews else None,
            next_at=subscription.next_plan_at if service_plan else None,
            renewable=payment_policy.renewable(subscription, plan, self.policy.zones.home),
            is_owed=subscription.is_owed,
            vip=plan is not None and plan.opens_vip,
            is_paused=subscription.is_paused,
            pausable=plan is not None and pause_policy.pausable(subscription, plan),
            pause_until=subscription.pause_until if pause_policy.pauses(subscription) else None,
            for_life=subscription.for_life,
            repeatable=plan is None or plan.repeatable,
            chats=tuple(_chat(each) for each in chats),
            own=plan is not None and await gives_own(uow, plan),
            left_at=left_at(access),
            origin=await _origin(uow, subscription, plan, now),
            is_far=subscription.access_until is not None and subscription.access_until - now > FAR,
            waiting=await waiting_days(uow, subscription, self._grace(plan), now),
        )

    def _access_end(self, subscription: Subscription, plan: ServicePlan | None, now: datetime) -> datetime | None:
        """Return the end of the customer's time or, while Umbral suspends the access, the end as shown to everybody."""
        if not subscription.on_hold:
            return subscription.access_until
        return access_policy.shown_end(subscription, self._grace(plan), now)

    def _charging_until(self, subscription: Subscription, plan: ServicePlan | None, now: datetime) -> datetime | None:
        if subscription.charging_until(now) is None:
            return None
        return access_policy.shown_end(subscription, self._grace(plan), now)

    def _grace_until(self, subscription: Subscription, plan: ServicePlan | None) -> datetime | None:
        if subscription.status is not SubscriptionStatus.PAST_DUE or subscription.access_until is None:
            return None
        return access_policy.over_at(subscription, self._grace(plan))

    def _grace(self, plan: ServicePlan | None) -> timedelta:
        return access_policy.grace_of(plan, self.policy.grace)

    async def _orders(
        self, uow: UnitOfWork, customer: Customer, order_ids: Container[OrderId], now: datetime
    ) -> list[OpenOrderView]:
        views = []
        mine = {order.plan_id: order for order in await uow.orders.open_of(customer.id) if not order.for_another}
        # An open order is kept when its plan is taken off sale.
        for plan in await uow.plans.all(active_only=False) if mine else ():
            order = mine.get(plan.id)
            if order is None or order.expires_at <= now or order.id in order_ids:
                continue
            attempts = await uow.orders.attempts(order.id)
            parts = await part_payments.waiting_parts(uow, order.id)
            # After a partial payment, only a checkout for the missing amount is shown.
            attempts_shown = [attempt for attempt in attempts if not parts or attempt.amount != attempt.price]
            usable = next((each for each in reversed(attempts_shown) if each.usable(now) and _leads_here(each)), None)
            price = _agreed_price(order, attempts, parts)
            asked_amount = pricing.asked_by(usable, order) if usable is not None else part_policy.rest_of(price, parts)
            views.append(
                OpenOrderView(
                    reference=order.reference,
                    soft_id=plan.soft_id,
                    plan=plan.label,
                    plan_name=plan.name,
                    price=asked_amount,
                    received_amount=part_policy.received_sum(parts, price.currency) if parts else None,
                    url=usable.url if usable is not None else None,
                    expires_at=usable.expires_at if usable is not None else order.expires_at,
                    provider=attempts[-1].provider if attempts else "",
                    is_asked=order.asked or bool(parts),
                )
            )
        return views


def _leads_here(attempt: CheckoutAttempt) -> bool:
    return attempt.amount is None or is_taken_here(attempt.amount.currency)


def _chat(chat_view: ChatView) -> OpenedChat:
    is_inside = chat_view.access is AccessStatus.ACTIVE
    return OpenedChat(
        title=chat_view.title,
        access=chat_view.access,
        invite_url=chat_view.invite.url if chat_view.invite is not None else None,
        invite_until=chat_view.invite.expires_at if chat_view.invite is not None else None,
        url=inside_url(chat_view.channel) if is_inside else None,
        handed_over=chat_view.handed_over,
        stage=chat_view.stage,
        left_at=chat_view.left_at,
    )


def inside_url(channel: Channel | None) -> str | None:
    """Return the link by which a member opens the channel, at its first message. The link does not work for other
    people. Return None if the channel does not exist.
    """
    if channel is None or channel.channel_id is None:
        return None
    return f"https://t.me/c/{str(channel.channel_id).removeprefix('-100')}/1"


async def _origin(
    uow: UnitOfWork, subscription: Subscription, plan: ServicePlan | None, now: datetime
) -> TimeOrigin | None:
    if not subscription.live or subscription.renews:
        return None
    entries = await uow.ledger.of_subscription(subscription.id)
    return origin_of(entries, now, is_free=plan is not None and plan.free)


async def _own_invites(uow: UnitOfWork, channel: Channel | None) -> Sequence[Invite]:
    if channel is None or not kind_of_channel(channel).for_one:
        return []
    return await uow.channels.live_invites(channel.id)


def _agreed_price(order: Order, attempts: Sequence[CheckoutAttempt], parts: Sequence[Payment]) -> Money:
    """Return the price of an order with partial payments, at the payment method that received them. It takes a
    promotion and the method's own price into account.
    """
    checkout_attempts = [attempt for attempt in attempts if parts and attempt.provider == parts[-1].provider]
    return pricing.full_price(checkout_attempts[-1] if checkout_attempts else None, order)


async def _review(uow: UnitOfWork, payment: Payment, order: Order) -> ReviewView:
    plan = await uow.plans.get(order.plan_id)
    attempts = [item for item in await uow.orders.attempts(order.id) if item.provider == payment.provider]
    return ReviewView(
        reference=order.reference,
        soft_id=plan.soft_id if plan else "",
        plan_name=plan.name if plan else "",
        reason=payment.flag_word,
        received_amount=payment.amount,
        asked_amount=pricing.asked_by(attempts[-1] if attempts else None, order),
        holds=payment.flag in HOLDS_PURCHASE and not order.for_another,
    )


async def _rituals(uow: UnitOfWork, customer: Customer, now: datetime, grace: timedelta) -> list[VipView]:
    resources = [each for each in await uow.resources.all() if each.has_ritual and not each.is_vip]
    views = [await vip_view(uow, customer.id, now, grace, each) for each in resources]
    return [
        each
        for each in views
        if each is not None and each.access in MAY_ENTER and each.stage in {FIRST_STAGE, SECOND_STAGE}
    ]


def _newest(subscriptions: Sequence[Subscription]) -> list[Subscription]:
    """Return one subscription per plan: the live one, or else the latest one."""
    subscriptions_by_plan_id: dict[PlanId, Subscription] = {}
    for item in sorted(subscriptions, key=lambda item: not item.live):
        subscriptions_by_plan_id.setdefault(item.plan_id, item)
    return list(subscriptions_by_plan_id.values())
