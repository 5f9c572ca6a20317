"""Explanation of a customer's end of access, based on the ledger entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from subscriptions.application.access.plan_chats import first_chat_of, makes_vip
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.application.views.shown import shown_subscriptions
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.ledger import LEAST_TIME, LedgerEntry, LedgerKind, access_until, waiting_time
from subscriptions.domain.entities.service_plan import Interval
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import TelegramId, is_for_another
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy
from subscriptions.domain.tracing import trace_of

_KINDS_FOR_ANOTHER: Final = frozenset({LedgerKind.TOKEN, LedgerKind.REFUND, LedgerKind.DISPUTE})
"""Kinds of ledger entries of a gift in its recipient's subscription: for its redemption, and for a refund or dispute of
its payment.
"""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Ledger entry with its kind, start and length, and the end of access after it.

    reference: reference of the payment's order; the entry's note if there is no payment
    for_another: True if another customer paid
    plan: name of the plan that a switch put into effect; empty for all other entries
    waits: time of other plans that waits since this switch
    """

    kind: LedgerKind
    reference: str
    starts_at: datetime
    length: timedelta
    access_end: datetime | None
    for_another: bool = False
    plan: str = ""
    waits: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Subscription with the reasons for its end of access.

    end_reason, paused_for: as in the subscription
    access_end: end of access, including the grace period if a charge failed
    by_month: True if its periods are calendar months or years, not numbers of days
    vip: True if it gives its customer the VIP role now
    trace: trace id of its purchase in the logs
    """

    plan: str
    status: SubscriptionStatus
    access: AccessStatus | None
    access_end: datetime | None
    reasons: tuple[Reason, ...]
    end_reason: str | None = None
    paused_for: frozenset[str] = frozenset()
    by_month: bool = False
    vip: bool = False
    trace: str | None = None


@dataclass(frozen=True)
class ExplainAccess:
    """Use case that explains why a customer's access ends at a certain time.

    clock: None to leave out the time of a suspension that is still in effect
    """

    units: UnitOfWorkFactory
    policy: Policy
    clock: Clock | None = None

    async def __call__(self, telegram_id: TelegramId) -> Sequence[Explanation]:
        """Return all subscriptions, newest first. Raises Permanent for a person who never wrote to the bot."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            return [await self._explain(uow, item) for item in await shown_subscriptions(uow, customer.id)]

    async def _explain(self, uow: UnitOfWork, subscription: Subscription) -> Explanation:
        now = self.clock.now() if self.clock is not None else subscription.withheld_since or subscription.created_at
        plan = await uow.plans.get(subscription.plan_id)
        _, access = await first_chat_of(uow, subscription, plan)
        entries = await uow.ledger.of_subscription(subscription.id)
        return Explanation(
            plan=plan.name if plan else "?",
            status=subscription.status,
            access=access.status if access else None,
            access_end=access_policy.shown_end(subscription, access_policy.grace_of(plan, self.policy.grace), now),
            reasons=tuple(
                [
                    await _reason(uow, entries, index)
                    for index, entry in enumerate(entries)
                    if entry.changed_from is None or _waits(entries[: index + 1]) >= LEAST_TIME
                ]
            ),
            end_reason=subscription.end_reason,
            paused_for=subscription.paused_for,
            vip=await makes_vip(uow, subscription, plan),
            by_month=plan is not None and subscription.period(plan)[0] in {Interval.MONTH, Interval.YEAR},
            trace=trace_of(await uow.orders.cause_of(str(subscription.order_id))),
        )


async def _reason(uow: UnitOfWork, entries: Sequence[LedgerEntry], index: int) -> Reason:
    entry = entries[index]
    payment = await uow.payments.get(entry.payment_id) if entry.payment_id is not None else None
    is_switch = entry.changed_from is not None and entry.plan_id is not None
    plan = await uow.plans.get(entry.plan_id) if is_switch and entry.plan_id is not None else None
    return Reason(
        plan=plan.name if plan is not None else "",
        waits=_waits(entries[: index + 1]) if is_switch else timedelta(),
        kind=entry.kind,
        reference=payment.reference if payment else entry.note,
        starts_at=entry.starts_at,
        length=entry.length,
        access_end=access_until(entries[: index + 1]),
        for_another=entry.kind in _KINDS_FOR_ANOTHER and payment is not None and is_for_another(payment.order_id),
    )


def _waits(entries: Sequence[LedgerEntry]) -> timedelta:
    return sum((length for items in waiting_time(entries).values() for _, length in items), timedelta())
