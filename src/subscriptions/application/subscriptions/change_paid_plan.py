"""Change of plan after a one-time purchase: the value of the remaining time is transferred to the new plan, without a
charge or a request to a provider.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import permutations

import structlog

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.plan_chats import own_names
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.method_prices import charged_there
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.application.subscriptions.offered_changes import (
    ChangeOffer,
    ChangeQuote,
    HeldBeside,
    QuoteOutdated,
    changed_chats,
    offer_made,
)
from subscriptions.application.subscriptions.open_purchases import OpenPurchases, taken_plans
from subscriptions.application.subscriptions.plan_buyers import refusals
from subscriptions.application.subscriptions.sync_plan import switch_entry
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerEntry, LedgerKind
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.plan_change import PlanChange
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import TelegramId, short_reference
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.ledger import LEDGER
from subscriptions.domain.services import plan_change_policy, remainder_policy
from subscriptions.domain.services.remainder_policy import Remainder
from subscriptions.domain.services.trial_marks import TrialMarks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Move:
    """Possible change of plan. `target`: new plan, with its price at the provider that received the payment."""

    subscription: Subscription
    payment: Payment
    current: ServicePlan
    target: ServicePlan
    remainder: Remainder

    def offer(self) -> ChangeOffer:
        change_offer = offer_made(self.subscription, self.current, self.target)
        return replace(change_offer, now=True, renewal=self.remainder.end)


class ChangePaidPlan:
    """Use case that finds the plans to which the credit of a payment can be transferred, and executes the change
    once.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        open_purchases: OpenPurchases,
        browse_plans: BrowsePlans,
        clock: Clock,
        policy: Policy,
        trial_marks: TrialMarks,
    ) -> None:
        self._trial_marks = trial_marks
        self._units = units
        self._open_purchases = open_purchases
        self._browse_plans = browse_plans
        self._clock = clock
        self._policy = policy
        self._grant_access = GrantAccess(policy)

    async def offers(self, uow: UnitOfWork, telegram_id: TelegramId) -> Sequence[ChangeOffer]:
        """Return every change of plan by a transfer of credit that the customer may make now."""
        customer = await known_customer(uow, telegram_id)
        return [move.offer() for move in await self._possible(uow, customer, self._clock.now())]

    async def list_beside(self, uow: UnitOfWork, telegram_id: TelegramId) -> Sequence[HeldBeside]:
        """Return pairs of the customer's plans between which a change is blocked only because both plans are live."""
        customer, now = await known_customer(uow, telegram_id), self._clock.now()
        subscriptions_beside = [
            (item, plan, item.access_until)
            for item in await uow.subscriptions.of_customer(customer.id)
            if remainder_policy.may_move(item) and item.access_until is not None and item.access_until > now
            if customer.barred_at is None and (plan := await uow.plans.get(item.plan_id)) is not None
        ]
        plans_beside: list[HeldBeside] = []
        for (item, current, current_end), (_, target, end) in permutations(subscriptions_beside, 2):
            plans = [target] if target.active else []
            has_later = bool(await self._moves_of(uow, item, current, plans, end))
            if has_later or await self._moves_of(uow, item, current, plans, now):
                plans_beside.append(
                    HeldBeside(
                        from_soft_id=current.soft_id,
                        from_name=current.name,
                        access_end=current_end,
                        to_soft_id=target.soft_id,
                        to_name=target.name,
                        end=end,
                        is_later=has_later,
                    )
                )
        return plans_beside

    async def quote(
        self, telegram_id: TelegramId, subscription: str, soft_id: str, as_of: datetime
    ) -> ChangeQuote | None:
        """Return the quote of one change, calculated for the time `as_of`. Return None if the change is not
        possible.
        """
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            move = await self._one(uow, customer, subscription, soft_id, as_of)
            if move is None:
                return None
            chats = await changed_chats(uow, move.subscription, move.current, move.target)
        due = Money(0, move.target.price.currency)
        return ChangeQuote(offer=move.offer(), chats=chats, due=due, as_of=as_of, remainder=move.remainder)

    async def __call__(
        self, telegram_id: TelegramId, subscription: str, soft_id: str, as_of: datetime
    ) -> ChangeOffer | None:
        """Execute the change that was quoted at `as_of`. Return None if the change is not possible or was already made.

        Raises QuoteOutdated if the quote no longer applies, for example because the plan was edited.
        """
        now = self._clock.now()
        async with self._units() as uow:
            # This lock serialises button presses with payments and refunds.
            customer = await known_customer(uow, telegram_id, lock=True)
            seen_move = await self._one(uow, customer, subscription, soft_id, as_of)
            if seen_move is None:
                return None
            # The order is locked before the payment, because staff may be refunding this payment.
            await uow.orders.get(seen_move.payment.order_id, lock=True)
            orders = await uow.orders.open_of(customer.id, lock=True)
            move = await self._one(uow, customer, subscription, soft_id, as_of, lock=True)
            if move is None or move.payment.id != seen_move.payment.id:
                return None
            if not plan_change_policy.holds(as_of, now) or await _is_edited(uow, move.target, as_of):
                raise QuoteOutdated(soft_id)
            if not await uow.write(LEDGER).add_if_new(_entry(move, as_of, now)):
                return None
            await self._go_over(uow, customer, move, as_of, now)
            await self._open_purchases.cancel(uow, orders, move.current, move.target, now=True)
            await uow.commit()
        log.info(
            "plan changed for what was paid once",
            subscription=str(move.subscription.id),
            plan=soft_id,
            credit=str(move.remainder.credit),
        )
        return move.offer()

    async def _go_over(self, uow: UnitOfWork, customer: Customer, move: _Move, as_of: datetime, now: datetime) -> None:
        subscription, target = move.subscription, move.target
        terms_before, terms_after = (subscription.plan_id, subscription.price), (target.id, target.price)
        change = PlanChange.from_prices(subscription.id, terms_before, terms_after, now)
        await uow.subscriptions.add_change(change)
        await self._grant_access.take_along(uow, subscription, target, now)
        entry = switch_entry(subscription, target.id, as_of, f"switch:{change.id}", now)
        await uow.write(LEDGER).add_if_new(entry)
        subscription.switch(change, None, target)
        await self._grant_access.recount(uow, subscription)
        subscription.current_period_end, subscription.next_check_at = subscription.access_until, None
        await uow.subscriptions.save(subscription)
        await self._grant_access.settle(uow, subscription, customer, target, now)

    async def _one(
        self,
        uow: UnitOfWork,
        customer: Customer,
        subscription: str,
        soft_id: str,
        at: datetime,
        *,
        lock: bool = False,
    ) -> _Move | None:
        for move in await self._possible(uow, customer, at, lock=lock):
            if (short_reference(move.subscription.id), move.target.soft_id) == (subscription, soft_id):
                return move
        return None

    async def _possible(self, uow: UnitOfWork, customer: Customer, at: datetime, *, lock: bool = False) -> list[_Move]:
        live = [item for item in await uow.subscriptions.of_customer(customer.id) if item.live]
        mine = [item for item in live if remainder_policy.may_move(item)]
        if customer.barred_at is not None or not mine:
            return []
        plan_ids = await taken_plans(uow, customer, live)
        others = [plan for plan in await uow.plans.all() if plan.is_listed and plan.id not in plan_ids]
        moves: list[_Move] = []
        for item in mine:
            subscription = await uow.subscriptions.get(item.id, lock=True) if lock else item
            current = await uow.plans.get(item.plan_id)
            if subscription is not None and current is not None:
                refusal_by_plan = await refusals(uow, customer, others, self._trial_marks, current_plan=current.id)
                theirs = [plan for plan in others if plan.id not in refusal_by_plan]
                moves += await self._moves_of(uow, subscription, current, theirs, at)
        return moves

    async def _moves_of(
        self,
        uow: UnitOfWork,
        subscription: Subscription,
        current: ServicePlan,
        others: Sequence[ServicePlan],
        at: datetime,
    ) -> list[_Move]:
        """Return the possible changes of one subscription. Its payment is only loaded if there are candidate plans."""
        own = await own_names(uow)
        candidates = [plan for plan in others if remainder_policy.fits(current, plan, own)]
        if not candidates or not remainder_policy.may_move(subscription):
            return []
        entries = await uow.ledger.of_subscription(subscription.id)
        ledger_entry = remainder_policy.running_payment(entries, at)
        payment = (
            await uow.payments.get(ledger_entry.payment_id)
            if ledger_entry and ledger_entry.payment_id is not None
            else None
        )
        if payment is None or not await _counts(uow, subscription, payment):
            return []
        moves: list[_Move] = []
        for plan in candidates:
            price = await charged_there(uow, plan, payment.provider)
            remainder = remainder_policy.remainder_of(entries, payment, plan, price, at, self._policy.zones.home)
            if remainder is not None and await self._browse_plans.sellable(uow, plan):
                target = replace(plan, price=price)
                moves.append(
                    _Move(
                        subscription=subscription,
                        payment=payment,
                        current=current,
                        target=target,
                        remainder=remainder,
                    )
                )
        return moves


async def _is_edited(uow: UnitOfWork, plan: ServicePlan, confirmed_at: datetime) -> bool:
    """Return True if a plan or its price at a payment method was edited after the given time of the quote."""
    audit_lines = await uow.audit.of_subject(str(plan.id), 1)
    moments = [plan.updated_at, *(line.at for line in audit_lines)]
    return any(at is not None and at > confirmed_at for at in moments)


async def _counts(uow: UnitOfWork, subscription: Subscription, payment: Payment) -> bool:
    refunds = await uow.reversals.refunds_of(payment.id)
    disputes = await uow.reversals.disputes_of([payment.id])
    whole = await left_of(uow, payment) == payment.amount
    return whole and remainder_policy.counts(subscription, payment, refunds, disputes)


def _entry(move: _Move, as_of: datetime, now: datetime) -> LedgerEntry:
    """Return the ledger entry of a transfer of credit. Its key is the payment, so that a payment's credit is
    transferred only once.
    """
    payment = move.payment
    return LedgerEntry(
        subscription_id=move.subscription.id,
        kind=LedgerKind.CHANGE,
        source_key=f"{payment.provider}:{payment.payment_key}",
        starts_at=as_of,
        length=move.remainder.length,
        payment_id=payment.id,
        plan_id=move.target.id,
        created_at=now,
    )
