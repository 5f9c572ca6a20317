"""Change of plan for a live subscription: the quote, the change, and the undoing of a scheduled change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from subscriptions.application.access.plan_chats import own_names
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.method_prices import charged_there
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.change_paid_plan import ChangePaidPlan
from subscriptions.application.subscriptions.offered_changes import (
    ChangeOffer,
    ChangeQuote,
    HeldBeside,
    NothingToChange,
    NotThere,
    PossibleChange,
    QuoteOutdated,
    ResumePage,
    TimeEffect,
    changed_chats,
    offer_made,
)
from subscriptions.application.subscriptions.open_purchases import OpenPurchases, taken_plans
from subscriptions.application.subscriptions.plan_buyers import refusals
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.application.subscriptions.sync_plan import switch_entry
from subscriptions.domain.entities.ledger import LEAST_TIME, access_until, length_waiting, period_at
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    AsksForChanges,
    Capability,
    ChangesPlans,
    GatewayRegistry,
    MovesCharges,
    PreviewsChanges,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy, plan_change_policy
from subscriptions.domain.services.plan_change_policy import ChangeMoment
from subscriptions.domain.services.trial_marks import NO_MARKS, TrialMarks

log = structlog.get_logger(__name__)


class ChangePlan:
    """Use case that finds the plan changes available to a customer and executes one of them."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        browse_plans: BrowsePlans,
        sync_from_provider: SyncFromProvider,
        clock: Clock,
        policy: Policy,
        trial_marks: TrialMarks = NO_MARKS,
    ) -> None:
        self._trial_marks = trial_marks
        self._units = units
        self._gateways = gateways
        self._browse_plans = browse_plans
        self._sync_from_provider = sync_from_provider
        self._clock = clock
        # A plan that was paid once has no provider, so only Umbral executes its change.
        self._open_purchases = OpenPurchases(units, gateways, browse_plans)
        self._change_paid_plan = ChangePaidPlan(units, self._open_purchases, browse_plans, clock, policy, trial_marks)
        # URL to which the provider's page returns the customer.
        self._return_url = policy.base_url

    async def offers(self, telegram_id: TelegramId) -> Sequence[ChangeOffer]:
        """Return every change that the customer may make now."""
        async with self._units() as uow:
            offers = [change.offer() for change in await self._possible(uow, telegram_id)]
            return [*offers, *await self._change_paid_plan.offers(uow, telegram_id)]

    async def list_beside(self, telegram_id: TelegramId) -> Sequence[HeldBeside]:
        """Return pairs of the customer's plans between which credit cannot be transferred while both are live."""
        async with self._units() as uow:
            return await self._change_paid_plan.list_beside(uow, telegram_id)

    async def quote(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> ChangeQuote:
        """Return the quote of a change: the amount due at once, or the URL at which the customer confirms the change.

        subscription: short reference of the subscription
        soft_id: slug of the new plan

        Raises NothingToChange if the change is not possible, BeingBought, and gateway errors.
        """
        as_of = self._clock.now().replace(microsecond=0)
        await self._open_purchases.refuse_paid(telegram_id, soft_id)
        paid_once = await self._change_paid_plan.quote(telegram_id, subscription, soft_id, as_of)
        if paid_once is not None:
            return paid_once
        change = await self._one(telegram_id, subscription, soft_id)
        async with self._units() as uow:
            chats = await changed_chats(uow, change.subscription, change.current, change.target)
            time = await _time_effect(uow, change, as_of)
        offer = change.offer()
        charging = self._gateways.get(change.subscription.provider or "")
        can_move = isinstance(charging, MovesCharges) and Capability.MOVE_CHARGE in charging.capabilities
        if time.first_until is not None and can_move:
            # The charge is moved to the end of the customer's time, and the change with it.
            offer = replace(offer, renewal=time.first_until)
        request = change.request(as_of, self._return_url)
        if isinstance(change.gateway, AsksForChanges):
            await self._cancel_purchases(telegram_id, change)
            page = await change.gateway.ask_change(request)
            if page is None:
                raise NotThere(soft_id)
            nothing = Money(0, request.amount.currency)
            return ChangeQuote(offer=offer, chats=chats, due=nothing, as_of=as_of, page=page, time=time)
        due = await change.gateway.quote_change(request)
        if due is None:
            raise NothingToChange(soft_id)
        gateway = change.gateway
        first_renewal = await gateway.preview_renewal(request) if isinstance(gateway, PreviewsChanges) else None
        return ChangeQuote(offer=offer, chats=chats, due=due, as_of=as_of, first_renewal=first_renewal, time=time)

    async def __call__(self, telegram_id: TelegramId, subscription: str, soft_id: str, as_of: datetime) -> ChangeOffer:
        """Execute the change that was quoted at `as_of`. Idempotent. Raises NothingToChange if the change is not
        possible, BeingBought, QuoteOutdated, ChargeDeclined (in which case nothing is changed) and gateway errors.
        """
        change_offer = await self._made_before(telegram_id, subscription, soft_id)
        if change_offer is not None:
            return change_offer
        await self._open_purchases.refuse_paid(telegram_id, soft_id)
        paid_once = await self._change_paid_plan(telegram_id, subscription, soft_id, as_of)
        if paid_once is not None:
            return paid_once
        try:
            change = await self._one(telegram_id, subscription, soft_id)
        except NothingToChange:
            # A concurrent press of the button may have made the change.
            change_offer = await self._made_before(telegram_id, subscription, soft_id)
            if change_offer is None:
                raise
            return change_offer
        self._refuse_outdated(change, as_of)
        await self._cancel_purchases(telegram_id, change)
        gateway = change.gateway
        if not isinstance(gateway, ChangesPlans) or not await gateway.change_plan(
            change.request(as_of, self._return_url)
        ):
            raise NothingToChange(soft_id)
        snapshot = await self._sync_from_provider.fetch(change.subscription)
        result = await self._sync_from_provider.apply(change.subscription, snapshot) if snapshot is not None else None
        if result is None or change.target.id not in {result.plan_id, result.next_plan_id}:
            raise NothingToChange(soft_id)
        log.info("plan changed in the chat", subscription=str(result.id), plan=soft_id, moment=str(change.moment))
        return change.offer()

    async def undo(self, telegram_id: TelegramId, soft_id: str) -> ResumePage | None:
        """Undo a scheduled change of plan. `soft_id`: slug of the current plan.

        Return the provider's page on which the customer must confirm this. Return None if the change was undone. Raises
        NothingToChange and gateway errors.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            mine = await uow.subscriptions.live_for(customer.id, plan.id) if plan is not None else None
        if mine is None or plan is None or mine.provider_ref is None:
            raise NothingToChange(soft_id)
        gateway = self._gateways.get(mine.provider or "")
        if isinstance(gateway, AsksForChanges):
            return await self._ask_back(gateway, mine, plan, customer.language)
        if not isinstance(gateway, ChangesPlans) or not await gateway.undo_change(mine.provider_ref):
            raise NothingToChange(soft_id)
        snapshot = await self._sync_from_provider.fetch(mine)
        result = await self._sync_from_provider.apply(mine, snapshot) if snapshot is not None else None
        if result is None or result.next_plan_id is not None or result.plan_id != plan.id:
            raise NothingToChange(soft_id)
        return None

    async def _ask_back(
        self, gateway: AsksForChanges, mine: Subscription, plan: ServicePlan, locale: str
    ) -> ResumePage:
        async with self._units() as uow:
            price = await uow.plans.price_at(plan.id, mine.provider or "")
        # If the price object of the subscription is unknown, use that of its plan.
        ref = mine.price_ref or (price.external_price_id if price is not None else None)
        if mine.next_plan_id is None or ref is None:
            raise NothingToChange(plan.soft_id)
        possible_change = PossibleChange(
            subscription=mine,
            current=plan,
            target=plan_change_policy.plan_as_bought(mine, plan) or replace(plan, price=mine.price),
            price_ref=ref,
            gateway=gateway,
            changed_before=False,
            locale=locale,
        )
        page = await gateway.ask_change(
            possible_change.request(self._clock.now().replace(microsecond=0), self._return_url)
        )
        if page is None:
            raise NothingToChange(plan.soft_id)
        return ResumePage(page=page, change_at=mine.next_plan_at or mine.current_period_end)

    async def _possible(self, uow: UnitOfWork, telegram_id: TelegramId) -> list[PossibleChange]:
        customer, now = await known_customer(uow, telegram_id), self._clock.now()
        live = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
        plan_ids = await taken_plans(uow, customer, live)
        candidates = [
            plan
            for plan in await uow.plans.all()
            if plan.id not in plan_ids and plan.is_listed and await self._browse_plans.sellable(uow, plan)
        ]
        own = await own_names(uow)
        changes: list[PossibleChange] = []
        for subscription in live if customer.barred_at is None else []:
            gateway = self._gateways.get(subscription.provider or "")
            current = await uow.plans.get(subscription.plan_id)
            if not plan_change_policy.may_change(subscription) or current is None:
                continue
            # The difference of a change is for the rest of a charged period, which goes over to the new plan. During a
            # suspension periods pass uncharged, and afterwards the customer first has their own days.
            entries = await uow.ledger.of_subscription(subscription.id)
            runs_period = period_at(entries, now) is not None or subscription.charging_until(now) is not None
            changes_made = await uow.subscriptions.changes_of(subscription.id)
            as_bought = plan_change_policy.plan_as_bought(subscription, current)
            changes_before = plan_change_policy.changed_within(changes_made, subscription.current_period_start)
            refusal_by_plan = await refusals(uow, customer, candidates, self._trial_marks, current_plan=current.id)
            for plan in (each for each in candidates if each.id not in refusal_by_plan):
                price = await uow.plans.price_at(plan.id, subscription.provider or "")
                # The price to compare is the one that the provider charges, which may differ from the plan's own price.
                target = replace(plan, price=await charged_there(uow, plan, subscription.provider))
                fits = as_bought is not None and plan_change_policy.fits(as_bought, target, own)
                if not isinstance(gateway, ChangesPlans | AsksForChanges):
                    continue
                if fits and price is not None and price.external_price_id and price.fault is None:
                    change = PossibleChange(
                        subscription=subscription,
                        current=current,
                        target=target,
                        price_ref=price.external_price_id,
                        gateway=gateway,
                        changed_before=changes_before,
                        locale=customer.language,
                    )
                    if runs_period or change.moment is ChangeMoment.RENEWAL:
                        changes.append(change)
        return changes

    async def _one(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> PossibleChange:
        async with self._units() as uow:
            possible = await self._possible(uow, telegram_id)
        for change in possible:
            if (short_reference(change.subscription.id), change.target.soft_id) == (subscription, soft_id):
                return change
        raise NothingToChange(soft_id)

    async def _cancel_purchases(self, telegram_id: TelegramId, change: PossibleChange) -> None:
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id, lock=True)
            orders = await uow.orders.open_of(customer.id, lock=True)
            is_now = change.moment is ChangeMoment.NOW
            await self._open_purchases.cancel(uow, orders, change.current, change.target, now=is_now)
            await uow.commit()

    async def _made_before(self, telegram_id: TelegramId, subscription: str, soft_id: str) -> ChangeOffer | None:
        """Return the offer of a change that was already made, by an earlier press of the button or at the provider.
        Return None if the change was not made before.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            target = await uow.plans.by_soft_id(soft_id)
            for item in await uow.subscriptions.of_customer(customer.id):
                mine = item.live and short_reference(item.id) == subscription
                if mine and target is not None and target.id in {item.plan_id, item.next_plan_id}:
                    current = await uow.plans.get(item.plan_id)
                    service_plan = replace(target, price=await charged_there(uow, target, item.provider))
                    return None if current is None else offer_made(item, current, service_plan)
        return None

    def _refuse_outdated(self, change: PossibleChange, as_of: datetime) -> None:
        start = change.subscription.current_period_start
        if not plan_change_policy.holds(as_of, self._clock.now()) or (start is not None and as_of < start):
            raise QuoteOutdated(change.target.soft_id)


async def _time_effect(uow: UnitOfWork, change: PossibleChange, as_of: datetime) -> TimeEffect:
    """Return what happens to the customer's days by the rule with which `SyncPlan` carries out the change."""
    subscription, current, target = change.subscription, change.current, change.target
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), as_of)
    at = as_of if change.moment is ChangeMoment.NOW else subscription.current_period_end or as_of
    own_time = length_waiting(entries, current.id, switch_entry(subscription, target.id, at, "", as_of))
    again = length_waiting(entries, target.id)
    is_cheaper = plan_change_policy.costs_less(target.price, target.days, subscription.price, current.days)
    if own_time < LEAST_TIME or not is_cheaper:
        return TimeEffect(waits=own_time if own_time >= LEAST_TIME else timedelta(), again=again)
    return TimeEffect(first_until=access_until(entries), again=again)
