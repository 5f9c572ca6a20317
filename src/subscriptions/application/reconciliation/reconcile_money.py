"""Reconciliation with payment providers: fetch events that were never received, and compare each live subscription with
the provider's current data.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.inbox.poll_events import SETTLES, SPAN, PollEvents
from subscriptions.application.reconciliation.sources import Scope
from subscriptions.application.subscriptions.poll_subscription import UNKNOWN, PollSubscription
from subscriptions.domain.entities.difference import Difference
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import SubscriptionId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CompletesEvents,
    GatewayError,
    GatewayRegistry,
    GatewayRejected,
    ListsEvents,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

UNREPORTED, NO_ANSWER, NOT_KNOWN, REFUSED = "unheard", "no_answer", "not_known_there", "refused"
UNLISTED: Final = "unlisted"
_AT_ONCE: Final = 8
"""Maximum number of concurrent requests to a provider."""
_PAGE: Final = 500
PAID_WITHIN: Final = timedelta(days=35)
"""Length of the period whose events are listed for a provider that reports subscriptions only by events; slightly more
than a month, so that each monthly payment is in it.
"""
_KINDS: Final = {
    PaymentEventKind.PAYMENT_COMPLETED: "payment",
    PaymentEventKind.PAYMENT_FAILED: "failed_payment",
    PaymentEventKind.REFUND: "refund",
    PaymentEventKind.DISPUTE_OPENED: "dispute",
    PaymentEventKind.DISPUTE_CLOSED: "dispute",
    PaymentEventKind.CHECKOUT_EXPIRED: "checkout",
}


@dataclass(frozen=True)
class ReconcileMoney:
    """Source of differences in payments and subscriptions. Providers are checked one after the other."""

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    clock: Clock
    poll_events: PollEvents
    poll_subscription: PollSubscription

    async def __call__(self, scope: Scope) -> Sequence[Difference]:
        """Return the differences. A provider that does not respond is reported as a difference; the other providers are
        still checked.
        """
        found_differences = list[Difference]()
        for provider in self.gateways.enabled_names():
            if scope.provider not in {None, provider}:
                continue
            for differences in (
                self._events(provider, scope),
                self._subscriptions(provider, scope),
                self._payments(provider, scope),
            ):
                # The sources are handled one at a time, so that differences found before a provider became unreachable
                # are reported.
                try:
                    async for each in differences:
                        found_differences.append(each)
                except (GatewayError, RetryLater) as error:
                    found_differences.append(
                        Difference(kind=NO_ANSWER, subject=provider, cause=str(error), decide="again")
                    )
                    if isinstance(error, RetryLater):
                        break
        return found_differences

    async def _events(self, provider: str, scope: Scope) -> AsyncIterator[Difference]:
        # The period includes the events of the current second.
        now, start = self.clock.now() + timedelta(seconds=1), scope.start
        if self._reports_by_events_alone(provider):
            start = min(start, now - PAID_WITHIN)
        while start < now:
            end = min(start + SPAN, now)
            events = await self.poll_events.fetch_between(provider, start, end, dry_run=True)
            mine = [event for event in events if await self._concerns(event, scope)]
            payment_events = mine if scope.dry_run else await self.poll_events.store(provider, mine)
            for event in payment_events:
                yield _unreported_difference(event, scope)
            start = end

    async def _concerns(self, event: PaymentEvent, scope: Scope) -> bool:
        if scope.customer is None:
            return True
        gateway = self.gateways.get(event.provider)
        if event.telegram_id is None and isinstance(gateway, CompletesEvents):
            event = await gateway.complete_event(event)
        return event.telegram_id == scope.customer

    def _reports_by_events_alone(self, provider: str) -> bool:
        """Return True if the provider has no request for a subscription's data, so that its payments are known only
        from the list of events.
        """
        gateway = self.gateways.get(provider)
        return isinstance(gateway, ListsEvents) and Capability.FETCH not in gateway.capabilities

    async def _payments(self, provider: str, scope: Scope) -> AsyncIterator[Difference]:
        """Yield recorded payments that are missing in the event list of a provider that reports payments only by
        events.
        """
        gateway = self.gateways.get(provider)
        if not isinstance(gateway, ListsEvents) or not self._reports_by_events_alone(provider):
            return
        now = self.clock.now()
        start = min(scope.start, now - PAID_WITHIN)
        events = await gateway.list_events(start - SPAN, now + timedelta(seconds=1))
        payment_keys = {event.payment_key for event in events if event.kind is PaymentEventKind.PAYMENT_COMPLETED}
        keys = [key for key in payment_keys if key is not None]
        async with self.units() as uow:
            unlisted_payments = await uow.payments.list_unlisted(provider, start, now - SETTLES, keys, _PAGE)
            payers = [await uow.customers.get(payment.customer_id) for payment in unlisted_payments]
        for payment, payer in zip(unlisted_payments, payers, strict=True):
            telegram_id = payer.telegram_id if payer is not None else None
            if scope.customer in {None, telegram_id}:
                who = (payment.reference, telegram_id, provider, payment.payment_key)
                subject = " · ".join(str(each) for each in who if each is not None)
                yield Difference(kind=UNLISTED, subject=subject, cause=NOT_KNOWN, decide="look_there")

    async def _subscriptions(self, provider: str, scope: Scope) -> AsyncIterator[Difference]:
        """Yield differences of subscriptions: compare them with the provider's list of subscriptions, if it has one,
        and fetch each remaining subscription individually.
        """
        if scope.customer is not None:
            async for each in self._compare_all(await self._of_customer(provider, scope.customer), scope):
                yield each
            return
        if self._reports_by_events_alone(provider):
            return
        subscription_ids, subscription_id = set[SubscriptionId](), None
        async for each in self._list_differences(provider, scope, subscription_ids):
            yield each
        while subscriptions := await self._live(provider, subscription_id):
            async for each in self._compare_all(
                [each for each in subscriptions if each.id not in subscription_ids], scope
            ):
                yield each
            subscription_id = subscriptions[-1].id

    async def _list_differences(
        self, provider: str, scope: Scope, subscription_ids: set[SubscriptionId]
    ) -> AsyncIterator[Difference]:
        """Yield the differences found in the provider's paged list of subscriptions, and add the listed ones to
        `subscription_ids`. A subscription on two pages counts once.

        If the provider refuses to list subscriptions, each subscription is fetched individually.
        """
        async for page in self.poll_subscription.list_pages(provider):
            subscriptions = {each.id: each for each, differs in page if differs and each.id not in subscription_ids}
            subscription_ids |= {subscription.id for subscription, _ in page}
            async for each in self._compare_all([*subscriptions.values()], scope):
                yield each

    async def _compare_all(
        self, known_subscriptions: Sequence[Subscription], scope: Scope
    ) -> AsyncIterator[Difference]:
        for start in range(0, len(known_subscriptions), _AT_ONCE):
            subscriptions = known_subscriptions[start : start + _AT_ONCE]
            answers = await asyncio.gather(
                *(self._compare(each, scope) for each in subscriptions), return_exceptions=True
            )
            for answer in answers:
                for each in () if isinstance(answer, BaseException) else answer:
                    yield each
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer

    async def _live(self, provider: str, subscription_id: SubscriptionId | None) -> Sequence[Subscription]:
        async with self.units() as uow:
            return await uow.subscriptions.live_at(provider, subscription_id, _PAGE)

    async def _of_customer(self, provider: str, telegram_id: TelegramId) -> Sequence[Subscription]:
        async with self.units() as uow:
            customer = await uow.customers.by_telegram_id(telegram_id)
            mine = await uow.subscriptions.of_customer(customer.id) if customer is not None else ()
        return [each for each in mine if each.live and each.provider == provider and each.provider_ref is not None]

    async def _compare(self, subscription: Subscription, scope: Scope) -> Sequence[Difference]:
        """Return the differences of one subscription. If the provider rejects the request, only this subscription is
        reported as a difference.
        """
        try:
            kinds = await self.poll_subscription.compare(subscription, dry_run=scope.dry_run)
        except GatewayRejected as refusal:
            async with self.units() as uow:
                subject = await _subject(uow, subscription)
            return [Difference(kind=REFUSED, subject=subject, cause=str(refusal), decide="look_there")]
        if not kinds:
            return ()
        async with self.units() as uow:
            subject = await _subject(uow, subscription)
        return [_difference(kind, subject, scope) for kind in kinds]


def _unreported_difference(event: PaymentEvent, scope: Scope) -> Difference:
    order = event.order_id.partition("-")[0].upper() if event.order_id is not None else None
    who = (order, event.telegram_id, event.provider)
    what = event.payment_key or event.subscription_ref
    return Difference(
        kind=_KINDS.get(event.kind, "subscription"),
        subject=" · ".join(str(each) for each in (*who, what) if each is not None),
        cause=UNREPORTED,
        done=None if scope.dry_run else "applied",
    )


def _difference(kind: str, subject: str, scope: Scope) -> Difference:
    if kind == UNKNOWN:
        return Difference(kind=kind, subject=subject, cause=NOT_KNOWN, decide="look_there")
    return Difference(kind=kind, subject=subject, cause=UNREPORTED, done=None if scope.dry_run else "followed")


async def _subject(uow: UnitOfWork, subscription: Subscription) -> str:
    order = await uow.orders.get(subscription.order_id) if subscription.order_id is not None else None
    customer = await uow.customers.get(subscription.customer_id)
    who = (order.reference if order else None, customer.telegram_id if customer else None, subscription.provider)
    return " · ".join(str(each) for each in (*who, subscription.provider_ref) if each is not None)
