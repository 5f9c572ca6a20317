"""View of a gift for the customer who paid for it, with the gift's link until the gift is opened."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from features.gifts.ports import GIFTS_KEY
from subscriptions.application.access.handover import standing_of
from subscriptions.application.people.customers import known_customer
from subscriptions.application.people.operators import BOT_USERNAME
from subscriptions.domain.entities.activation_token import ActivationToken, deep_link
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal, fingerprint_of
from subscriptions.domain.services.handover_policy import HandoverState

log = structlog.get_logger(__name__)

LASTS: Final = timedelta(days=36_500)
"""Validity of a gift's code: a hundred years, so that the code practically never expires."""
CAMPAIGN: Final = "gift"
"""Campaign under which the codes of gifts are recorded."""
LOOKED_AT: Final = 20
"""Number of gifts that are read per query, and maximum number of unopened gifts that are returned."""


@dataclass(frozen=True, kw_only=True)
class GiftView:
    """Gift as shown to the customer who paid for it.

    days: length of the gift
    is_opened: True if the gift was opened
    link: link to pass on; None if the link is no longer valid, or if the bot's username is not known yet
    """

    order_id: OrderId
    reference: str
    soft_id: str
    plan_name: str
    days: int
    state: HandoverState
    is_opened: bool
    link: str | None = None


class ShowGift:
    """Use case that returns the gifts that a customer paid for. If the secret key for codes is configured, the link is
    calculated each time and not stored; the database contains only a digest of its code.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, seal: CodeSeal) -> None:
        self._units, self._clock, self._seal = units, clock, seal

    async def __call__(self, telegram_id: TelegramId, order_id: OrderId) -> GiftView | None:
        """Return the gift; None if the customer has no order for a gift with this id. Raises RetryLater if another
        transaction holds the order's lock.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            order = await uow.orders.get(order_id, lock=True)
            plan = await uow.plans.get(order.plan_id) if order is not None else None
            if order is None or plan is None or not order.for_another or order.customer_id != customer.id:
                return None
            state = await standing_of(uow, order)
            token = await uow.of(TOKENS_KEY).of_order(order.id, lock=True)
            is_opened = token is not None and token.used_at is not None
            code = await self._code(uow, order, plan, token) if state is HandoverState.GOOD and not is_opened else None
            username = await uow.variables.get(BOT_USERNAME)
            await uow.commit()
        link = deep_link(username, code) if username and code else None
        return _view(order, plan, state, is_opened=is_opened, link=link)

    async def list_unopened(self, telegram_id: TelegramId, *, with_disputed: bool = False) -> Sequence[GiftView]:
        """Return the gifts that are not activated yet, newest first, without their links. with_disputed: include gifts
        that cannot be activated during a dispute about their payment.
        """
        waits = {HandoverState.GOOD, HandoverState.HELD} if with_disputed else {HandoverState.GOOD}
        waiting_gift_views = list[GiftView]()
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            count, page = 0, await uow.of(GIFTS_KEY).paid_by(customer.id, LOOKED_AT)
            while page and len(waiting_gift_views) < LOOKED_AT:
                gift_views = [await self._view_of(uow, order, waits) for order in page]
                waiting_gift_views += [view for view in gift_views if view is not None]
                count += len(page)
                page = await uow.of(GIFTS_KEY).paid_by(customer.id, LOOKED_AT, offset=count)
        return waiting_gift_views[:LOOKED_AT]

    async def _view_of(self, uow: UnitOfWork, order: Order, waits: Collection[HandoverState]) -> GiftView | None:
        token, plan = await uow.of(TOKENS_KEY).of_order(order.id), await uow.plans.get(order.plan_id)
        state = await standing_of(uow, order)
        if plan is None or (token is not None and token.used_at is not None) or state not in waits:
            return None
        return _view(order, plan, state, is_opened=False)

    async def _code(
        self, uow: UnitOfWork, order: Order, plan: ServicePlan, activation_token: ActivationToken | None
    ) -> str:
        """Return the gift's code, which is created at the first request. If the secret key for codes was changed, the
        gift gets a new code and the earlier code becomes invalid.
        """
        gift_code = self._seal.for_order(order.id)
        if activation_token is not None and not activation_token.sealed:
            return activation_token.token
        token = activation_token or self._token(order, plan)
        code = gift_code or token.token
        if gift_code is not None and token.token != fingerprint_of(gift_code):
            token.token, token.sealed, token.keyless = fingerprint_of(gift_code), True, True
        elif gift_code is None and activation_token is not None:
            token.redraw()
            token.sealed, token.keyless, code = False, False, token.token
        if activation_token is not None:
            await uow.of(TOKENS_KEY).save(token)
        elif not await uow.of(TOKENS_KEY).add_if_new(token):
            raise RetryLater("the gift's code is being made")
        else:
            await uow.audit.record(
                actor="system",
                action="gift.coded",
                subject=str(order.id),
                reason="asked in the chat",
                at=token.created_at,
                facts={"plan": plan.soft_id},
            )
            log.info("gift has its link", order=order.reference)
        return code

    def _token(self, order: Order, plan: ServicePlan) -> ActivationToken:
        """Return a new activation token with the terms of the purchase, even if the plan was changed since."""
        now = self._clock.now()
        token = ActivationToken.make(plan, None, now, now + LASTS, campaign=CAMPAIGN)
        token.price, token.order_id = order.price, order.id
        token.duration_days = order.duration_days or plan.days
        return token


def _view(
    order: Order, plan: ServicePlan, state: HandoverState, *, is_opened: bool, link: str | None = None
) -> GiftView:
    return GiftView(
        order_id=order.id,
        reference=order.reference,
        soft_id=plan.soft_id,
        plan_name=plan.name,
        days=order.duration_days or plan.days,
        state=state,
        is_opened=is_opened,
        link=link,
    )
