"""Activation of a code by a customer. Each code can be activated once."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta, tzinfo
from math import ceil
from typing import Final, TypeVar

import structlog

from subscriptions.application.access.give_time import GiveTime, TimeGrant, time_grant_alert
from subscriptions.application.access.handover import hand_over, paid_with, standing_of
from subscriptions.application.access.kinds.shared_channel.grant_shared import ChannelNotConfigured
from subscriptions.application.access.plan_chats import channel_for, gives_own, leads_nowhere
from subscriptions.application.catalog.overlaps import overlaps
from subscriptions.application.people.customers import known_customer
from subscriptions.application.vip.code_answers import Activation, CodeAnswer, CodeOffer, CodeRefusal, TokenRefusal
from subscriptions.application.vip.tokens import PLAIN, find_code
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.activation_token import (
    ActivationToken,
    clean_token,
    looks_like_token,
    mask_token,
)
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import CodeActivated
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY, VIP_ENTRIES_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.handover_policy import HandoverState
from subscriptions.domain.services.payment_policy import has_all
from subscriptions.domain.services.zones import HOME

T = TypeVar("T")
Decision = Callable[[UnitOfWork, ActivationToken, Customer, datetime], Awaitable[T]]
"""Function that decides whether and how one customer can use an existing code at the given time."""

log = structlog.get_logger(__name__)
DAY: Final = timedelta(days=1)


class ActivateToken:
    """Use case that activates a code, which begins or extends a subscription, or refuses the code. If customers use a
    code concurrently, only the first one succeeds.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        give_time: GiveTime,
        clock: Clock,
        seal: CodeSeal = PLAIN,
        terms: Collection[str] = ("1",),
        zone: tzinfo = HOME,
    ) -> None:
        """Create the use case.

        terms: current versions of the terms, which the customer accepts by the activation
        zone: time zone in which a plan's last day ends
        """
        self._zone = zone
        self._seal = seal
        self._units = units
        self._give_time, self._clock = give_time, clock
        self._terms = terms

    async def preview(self, telegram_id: TelegramId, text: str) -> CodeAnswer:
        """Return what the code would grant, without activating it. Return an `Activation` if this customer activated it
        before.

        Raises Permanent for a person who never wrote to the bot, and RetryLater while the database is busy.
        """
        code = clean_token(text)

        async def look(uow: UnitOfWork, token: ActivationToken, customer: Customer, now: datetime) -> CodeAnswer:
            plan = await uow.plans.get(token.plan_id)
            if token.used_by == customer.id and plan is not None:
                return await self._view(uow, token, customer, plan, now, is_extension=False, is_repetition=True)
            return await self._offer(uow, token, code, customer, plan, now)

        return await self._decide(telegram_id, code, look)

    async def _decide(self, telegram_id: TelegramId, code: str, decision: Decision[T]) -> T | CodeRefusal:
        """Look up and lock the code and the customer, call `decision`, and record that the code was used or tried.
        Concurrent calls wait.
        """
        mask = mask_token(code)
        log.info(f"🔗 Deep link detectado: Token={mask} | User={telegram_id}")
        if not looks_like_token(code):
            return CodeRefusal(reason=TokenRefusal.MALFORMED, token=mask, length=len(code))
        async with self._units() as uow:
            activation_token = await find_code(uow, self._seal, code)
            if activation_token is None:
                return CodeRefusal(reason=TokenRefusal.UNKNOWN, token=mask, length=len(code))
            # Rows are locked in the same order as for payments: customer, order, code. The recipient of a gift may also
            # be its payer.
            customer = await known_customer(uow, telegram_id, lock=True)
            if activation_token.order_id is not None:
                # The lock serialises this with a refund of the gift.
                await uow.orders.get(activation_token.order_id, lock=True)
            token = await find_code(uow, self._seal, code, lock=True)
            if token is None:
                return CodeRefusal(reason=TokenRefusal.UNKNOWN, token=mask, length=len(code))
            now = await self._clock.confirm()
            outcome = await decision(uow, token, customer, now)
            await uow.of(TOKENS_KEY).note_opened(token.id, now)
            await uow.commit()
        if isinstance(outcome, CodeRefusal):
            log.info(f"⚠️ User={telegram_id} | {outcome.reason}")
        return outcome

    async def _offer(
        self,
        uow: UnitOfWork,
        token: ActivationToken,
        code: str,
        customer: Customer,
        plan: ServicePlan | None,
        now: datetime,
    ) -> CodeOffer | CodeRefusal:
        refusal = await self._refusal(uow, token, customer, plan, now)
        if refusal is not None or plan is None:
            return _refusal_of(token, refusal)
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        return CodeOffer(
            code=code,
            plan=plan,
            days=ceil(self._length(token, plan, live, now) / DAY),
            extends=live is not None,
            has_accepted=customer.has_accepted(*self._terms),
            paid_for=token.order_id is not None,
        )

    async def __call__(self, telegram_id: TelegramId, text: str) -> Activation | CodeRefusal:
        """Activate the code. `text`: text as typed, or from a link. A refusal leaves the code unused.

        Raises Permanent for a person who never wrote to the bot, and RetryLater while the database is busy.
        """
        code = clean_token(text)
        outcome = await self._decide(telegram_id, code, self._use)
        if isinstance(outcome, Activation) and not outcome.is_repeat:
            what = f"Plan: {outcome.plan.name} | Token={mask_token(code)}"
            log.info(f"✅ Usuario {telegram_id} activado como VIP vía deep link | {what}")
        return outcome

    async def _use(
        self, uow: UnitOfWork, token: ActivationToken, customer: Customer, now: datetime
    ) -> Activation | CodeRefusal:
        plan = await uow.plans.get(token.plan_id)
        if token.used_by == customer.id and plan is not None:
            return await self._view(uow, token, customer, plan, now, is_extension=False, is_repetition=True)
        refusal = await self._refusal(uow, token, customer, plan, now)
        if refusal is not None or plan is None:
            return _refusal_of(token, refusal)
        target = await self._give_time.find(uow, customer, plan, token.price, now)
        length, payments = self._length(token, plan, target.subscription, now), await paid_with(uow, token.order_id)
        if not await uow.of(TOKENS_KEY).claim(token.id, customer.id, target.subscription.id, now):
            return CodeRefusal(reason=TokenRefusal.USED, token=token.mask(), length=len(token.token))
        time_grant = TimeGrant(
            kind=LedgerKind.TOKEN,
            source_key=str(token.id),
            length=length,
            price=token.price,
            note=token.mask(),
            payment_id=payments[-1].id if payments else None,
            is_requested=True,
        )
        await self._give_time.add(uow, target, customer, plan, time_grant, now)
        await hand_over(uow, payments, customer, target.subscription)
        if customer.staff_role not in {None, StaffRole.OWNER} and not payments:
            uow.record(
                time_grant_alert(str(customer.telegram_id), customer, plan, time_grant.length, time_grant.source_key)
            )
        await self._note_inside(uow, customer, plan, now)
        uow.record(CodeActivated(token.id, token.campaign))
        return await self._view(uow, token, customer, plan, now, is_extension=target.is_extension)

    async def _refusal(
        self, uow: UnitOfWork, token: ActivationToken, customer: Customer, plan: ServicePlan | None, now: datetime
    ) -> TokenRefusal | None:
        refusal = _find_refusal(token, now) or await self._handover_refusal(uow, token)
        if refusal is not None:
            return refusal
        is_kept = plan is not None and (token.order_id is not None or self._is_honoured(plan, now))
        if plan is None or not is_kept:
            return TokenRefusal.WITHDRAWN
        if customer.barred_at is not None:
            return TokenRefusal.BARRED
        live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
        if live is not None and (live.for_life or live.is_paused or has_all(live, plan, self._zone)):
            ample_refusal = TokenRefusal.FOR_LIFE if live.for_life else TokenRefusal.TERM_LIMIT
            return TokenRefusal.PAUSED if live.is_paused and not live.for_life else ample_refusal
        mine = await uow.subscriptions.of_customer(customer.id)
        if any(each.live and each.coming_plan_id == plan.id for each in mine):
            # The scheduled change would fail if the customer already had the plan by granted time, and its renewal
            # would be charged without giving anything.
            return TokenRefusal.PLAN_CHANGE
        return await self._nowhere(uow, token, customer, plan, now)

    async def _nowhere(
        self, uow: UnitOfWork, token: ActivationToken, customer: Customer, plan: ServicePlan, now: datetime
    ) -> TokenRefusal | None:
        if not await leads_nowhere(uow, plan):
            return None
        alarm = ChannelNotConfigured(telegram_id=customer.telegram_id, plan=plan.soft_id, token=token.mask())
        uow.record(alarm.raise_event(f"no_channel:token:{now:%Y-%m-%d}", now))
        return TokenRefusal.NOT_CONFIGURED

    def _is_honoured(self, plan: ServicePlan, now: datetime) -> bool:
        """Return True if the plan still accepts codes that nobody paid for. A code that was paid for is always
        accepted.
        """
        return (plan.active or plan.honours_tokens) and not plan.is_over(now, self._zone)

    async def _handover_refusal(self, uow: UnitOfWork, token: ActivationToken) -> TokenRefusal | None:
        if token.order_id is None:
            return None
        order = await uow.orders.get(token.order_id)
        state = await standing_of(uow, order) if order is not None else HandoverState.MONEY_BACK
        if state is HandoverState.GOOD:
            return None
        return TokenRefusal.HELD if state is HandoverState.HELD else TokenRefusal.MONEY_BACK

    def _length(self, token: ActivationToken, plan: ServicePlan, live: Subscription | None, now: datetime) -> timedelta:
        """Return the length of the granted time, limited by the plan's last day unless a customer paid for the code."""
        access_end = live.access_until if live is not None else None
        if token.order_id is not None:
            return timedelta(days=token.duration_days)
        return plan.cut_length(max(now, access_end or now), timedelta(days=token.duration_days), self._zone)

    async def _note_inside(self, uow: UnitOfWork, customer: Customer, plan: ServicePlan, now: datetime) -> None:
        """Record for the code's statistics that a customer who was already a member when using the code has joined."""
        channel = await channel_for(uow, customer.id, plan)
        access = await uow.accesses.find(customer.id, channel.id) if channel is not None else None
        if channel is not None and access is not None and access.status is AccessStatus.ACTIVE:
            await uow.of(TOKENS_KEY).note_joined(customer.id, channel.id, now)

    async def _view(
        self,
        uow: UnitOfWork,
        token: ActivationToken,
        customer: Customer,
        plan: ServicePlan,
        now: datetime,
        *,
        is_extension: bool,
        is_repetition: bool = False,
    ) -> Activation:
        live = await uow.subscriptions.live_for(customer.id, plan.id)
        end = live.access_until if live is not None and live.access_until is not None else now
        entry = await uow.of(VIP_ENTRIES_KEY).find(customer.id) if plan.opens_vip else None
        return Activation(
            plan=plan,
            price=token.price,
            days=token.duration_days,
            days_left=max(ceil((end - now) / DAY), 0),
            access_end=end,
            is_extension=is_extension,
            stage=entry.vip_entry_stage if entry is not None else None,
            is_repeat=is_repetition,
            paid_for=token.order_id is not None,
            overlaps=await overlaps(uow, customer.id, plan),
            own=await gives_own(uow, plan),
        )


def _find_refusal(token: ActivationToken, now: datetime) -> TokenRefusal | None:
    if token.used_at is not None:
        return TokenRefusal.USED
    if token.revoked_at is not None:
        return TokenRefusal.REVOKED
    return TokenRefusal.EXPIRED if now >= token.expires_at else None


def _refusal_of(token: ActivationToken, reason: TokenRefusal | None) -> CodeRefusal:
    return CodeRefusal(
        reason=reason or TokenRefusal.WITHDRAWN,
        token=token.mask(),
        length=len(token.token),
        expires_at=token.expires_at,
        paid_for=token.order_id is not None,
    )
