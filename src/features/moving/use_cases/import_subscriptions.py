"""Import of subscriptions that another system created at a provider. They continue without a new payment and without a
charge at import.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from features.moving.use_cases.bring_in import met_elsewhere
from features.moving.use_cases.import_people import ImportPeople, code_of, refusal
from features.moving.use_cases.people_files import ImportRow
from subscriptions.application.access.give_time import GiveTime, TimeGrant
from subscriptions.application.payments.payment_webhook_handler import reopen_waiting
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import OrderId, TelegramId, TokenId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import RUNNING
from subscriptions.domain.ports.payment_gateway import (
    FetchesPayments,
    ForeignSubscription,
    GatewayRegistry,
    PaymentEvent,
    SubscriptionSnapshot,
    TakesOver,
)
from subscriptions.domain.ports.repositories.vip import TOKENS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.ports.writing.payments import PAYMENTS

NAMES: Final = ("telegram_id", "telegram_user_id", "tg_id")
"""Metadata keys in which other systems store the customer's Telegram id. `user_id` is not among them, because most
systems store their own id there, which is another person's id at Telegram.
"""
_DIGITS: Final = 16
_TOLERANCE: Final = timedelta(days=1)


class Course(StrEnum):
    """Result of importing one subscription.

    - adopted: Umbral continues the subscription
    - invited: the customer is unknown and will be identified by opening the link
    - ours: Umbral created the subscription, or it was imported before
    - unmapped: no plan is assigned to its price
    - refused: the plan is not available now
    - double: the customer already pays for the plan in another way
    - owing: its last charge failed or is not settled yet, or it is paused
    - barred: staff barred the customer
    """

    ADOPTED = "adopted"
    INVITED = "invited"
    OURS = "ours"
    UNMAPPED = "unmapped"
    REFUSED = "refused"
    DOUBLE = "double"
    OWING = "owing"
    BARRED = "barred"


@dataclass(frozen=True, kw_only=True)
class SubscriptionImport:
    """Result of importing one subscription, either actual or of a dry run.

    plan: slug of the plan
    link: link to send to the payer
    """

    foreign: ForeignSubscription
    course: Course
    plan: str = ""
    person: TelegramId | None = None
    link: str | None = None


class ImportSubscriptions:
    """Use case that imports subscriptions. Each subscription is imported in its own transaction and recognized by its
    id, so that a second run repeats nothing.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        gateways: GatewayRegistry,
        clock: Clock,
        give_time: GiveTime,
        sync_from_provider: SyncFromProvider,
        import_people: ImportPeople,
    ) -> None:
        self._units, self._gateways, self._clock, self._give_time = units, gateways, clock, give_time
        self._sync_from_provider, self._import_people = sync_from_provider, import_people

    async def list_foreign(self, provider: str) -> AsyncIterator[ForeignSubscription]:
        """Yield all subscriptions at the provider that have not ended, wherever they were created. Raises InvalidInput
        if the provider is not configured or does not support imports, and gateway errors.
        """
        after_next, cursors = None, set[str | None]()
        while after_next not in cursors:
            cursors.add(after_next)
            page = await self._provider(provider).list_foreign(after_next)
            for foreign_subscription in page.found:
                yield foreign_subscription
            if page.next is None:
                return
            after_next = page.next

    async def __call__(
        self, provider: str, foreign: ForeignSubscription, plans: Mapping[str, str], *, dry_run: bool
    ) -> SubscriptionImport:
        """Import one subscription.

        plans: plan slugs, keyed by the provider's price or product
        dry_run: True to only return the result that an import would have

        Raises InvalidInput, gateway errors, and RetryLater on a conflict with another change.
        """
        snapshot = foreign.snapshot
        async with self._units() as uow:
            subscription = await uow.subscriptions.by_provider_ref(provider, snapshot.ref)
            is_known = subscription is not None or bool(await uow.ledger.granted_to(_cause(provider, snapshot.ref)))
            is_known = is_known or await _is_ours(uow, snapshot)
            plan = await self._plan(uow, provider, foreign, plans)
            refusal_reason = await refusal(uow, plan.soft_id) if plan is not None else None
            person = await _person(uow, provider, foreign, plan) if plan is not None else None
        if is_known:
            if subscription is not None and person is not None and not dry_run:
                await self._mark(provider, snapshot, subscription.order_id, person)
            return SubscriptionImport(
                foreign=foreign, course=Course.OURS, plan=plan.soft_id if plan is not None else ""
            )
        if plan is None:
            return SubscriptionImport(foreign=foreign, course=Course.UNMAPPED)
        if refusal_reason is not None or not plan.recurring:
            return SubscriptionImport(foreign=foreign, course=Course.REFUSED, plan=plan.soft_id)
        is_unpaid = snapshot.status not in RUNNING or snapshot.unsettled
        if is_unpaid or snapshot.price is None or snapshot.current_period_end is None:
            return SubscriptionImport(foreign=foreign, course=Course.OWING, plan=plan.soft_id)
        if person is None:
            result = await self._import_people(_import_row(provider, foreign, plan), dry_run=dry_run)
            return SubscriptionImport(foreign=foreign, course=Course.INVITED, plan=plan.soft_id, link=result.link)
        return await self._adopt(provider, foreign, plan, person, dry_run=dry_run)

    async def _mark(
        self, provider: str, snapshot: SubscriptionSnapshot, order_id: OrderId | None, person: TelegramId
    ) -> None:
        """Write missing metadata to the subscription at the provider. The metadata is missing if an earlier run stopped
        between the commit and that request.
        """
        identity = _identity(provider, snapshot.ref)
        if order_id == identity and snapshot.order_id != str(identity):
            await self._provider(provider).take_over(snapshot.ref, str(identity), person)

    async def came(self, token_id: TokenId) -> None:
        """Import an invited customer's subscription after the customer has used the code. Codes that were not created
        for an import are ignored. Raises the same errors as `__call__`.
        """
        async with self._units() as uow:
            token = await uow.of(TOKENS_KEY).get(token_id)
            plan = await uow.plans.get(token.plan_id) if token is not None and token.used_by is not None else None
        provider, _, ref = token.note.partition(":") if token is not None else ("", "", "")
        gateway = self._gateways.get(provider)
        if plan is None or not isinstance(gateway, TakesOver):
            return
        snapshot = await gateway.fetch_subscription(ref)
        if snapshot is None or snapshot.price_ref is None:
            return
        foreign = ForeignSubscription(snapshot=snapshot, payer="", product=None, labels={})
        if code_of(_import_row(provider, foreign, plan)) == token_id:
            await self(provider, foreign, {snapshot.price_ref: plan.soft_id}, dry_run=False)

    async def _adopt(
        self, provider: str, foreign: ForeignSubscription, plan: ServicePlan, person: TelegramId, *, dry_run: bool
    ) -> SubscriptionImport:
        ref, now = foreign.snapshot.ref, self._clock.now()
        if not dry_run:
            foreign = replace(foreign, snapshot=await self._with_upcoming(provider, foreign.snapshot))
        payments = await self._payments_since(provider, ref, foreign.snapshot.current_period_start or now)
        # Charges made since the list was fetched pay for time that was not granted yet.
        end = foreign.snapshot.current_period_end or now
        payment_events = [each for each in payments if (each.period_start or each.occurred_at) < end]
        async with self._units() as uow:
            customer = await met_elsewhere(uow, person, "", None, now)
            live = await uow.subscriptions.live_for(customer.id, plan.id, lock=True)
            course = Course.BARRED if customer.barred_at is not None else Course.ADOPTED
            if live is not None and live.provider_ref is not None:
                course = Course.DOUBLE
            taken_subscription = SubscriptionImport(foreign=foreign, course=course, plan=plan.soft_id, person=person)
            if course is not Course.ADOPTED or dry_run:
                return taken_subscription
            order = _order(provider, foreign, plan, customer, payment_events)
            await uow.orders.add_if_new(order)
            await self._take(uow, provider, foreign, order, plan, customer, payment_events)
            keys = [each.payment_key for each in payment_events if each.payment_key is not None]
            await reopen_waiting(uow, provider, [ref, str(order.id), *keys])
            await uow.commit()
        # Even if this request fails, the subscription is ours, because webhooks are matched by the subscription's id.
        await self._provider(provider).take_over(ref, str(order.id), person)
        return taken_subscription

    async def _with_upcoming(self, provider: str, listed: SubscriptionSnapshot) -> SubscriptionSnapshot:
        """Return the snapshot with the next charge, which must be fetched separately because the provider's list does
        not contain it.
        """
        gateway = self._gateways.get(provider)
        snapshot = await gateway.fetch_subscription(listed.ref) if gateway is not None else None
        return listed if snapshot is None else replace(listed, upcoming=snapshot.upcoming)

    async def _payments_since(self, provider: str, ref: str, begun_at: datetime) -> Sequence[PaymentEvent]:
        gateway = self._gateways.get(provider)
        if not isinstance(gateway, FetchesPayments):
            return []
        return await gateway.fetch_payments(ref, begun_at - _TOLERANCE)

    async def _take(
        self,
        uow: UnitOfWork,
        provider: str,
        foreign: ForeignSubscription,
        order: Order,
        plan: ServicePlan,
        customer: Customer,
        payment_events: Sequence[PaymentEvent],
    ) -> None:
        now, snapshot = self._clock.now(), foreign.snapshot
        given_time = await self._give_time.find(uow, customer, plan, order.price, now)
        subscription, end = given_time.subscription, snapshot.current_period_end or now
        has = max(subscription.access_until or now, now)
        subscription.provider, subscription.provider_ref = provider, snapshot.ref
        subscription.order_id, subscription.price = order.id, order.price
        subscription.buy_period(order)
        await uow.subscriptions.save(subscription)
        payments = await self._record(uow, order, subscription, payment_events)
        cause = _cause(provider, snapshot.ref)
        time_grant = _paid_time(payments, end, order, cause)
        if time_grant is not None:
            await self._give_time.add(uow, given_time, customer, plan, time_grant, now)
        elif end > has:
            kind, length = LedgerKind.ADMIN_GRANT, end - has
            time_grant = TimeGrant(
                kind=kind, source_key=cause, length=length, price=order.price, note=IMPORT_CAMPAIGN, cause=cause
            )
            await self._give_time.add(uow, given_time, customer, plan, time_grant, now)
        surplus = (subscription.access_until or now) - max(end, has)
        if surplus > timedelta():
            # Days that the code of an invitation already granted for the same period are deducted.
            given_before = TimeGrant(
                kind=LedgerKind.ADMIN_GRANT, source_key=f"{cause}:given", length=-surplus, price=order.price
            )
            await self._give_time.count(uow, subscription, given_before, now)
        await self._sync_from_provider.take(uow, subscription, snapshot, now)
        await uow.subscriptions.save(subscription)
        facts = {"plan": plan.soft_id, "provider": provider, "until": end.isoformat()}
        await uow.audit.record(
            actor="command line",
            action="subscription.adopted",
            subject=str(customer.id),
            reason=IMPORT_CAMPAIGN,
            at=now,
            facts=facts,
        )

    async def _record(
        self, uow: UnitOfWork, order: Order, subscription: Subscription, payment_events: Sequence[PaymentEvent]
    ) -> Sequence[tuple[PaymentEvent, Payment]]:
        """Record the payments of the current period, so that they are not recorded again when the provider reports
        them. No receipt is issued, because that was the duty of the shop that received the payment.
        """
        payments = list[tuple[PaymentEvent, Payment]]()
        for event in payment_events:
            if event.payment_key is None or event.amount is None:
                continue
            payment = Payment.capture(
                provider=event.provider,
                payment_key=event.payment_key,
                customer_id=order.customer_id,
                order_id=order.id,
                amount=event.amount,
                is_renewal=event.is_renewal,
                occurred_at=event.occurred_at,
                now=self._clock.now(),
            )
            payment.subscription_id = subscription.id
            if await uow.write(PAYMENTS).add_if_new(payment):
                payments.append((event, payment))
        return payments

    async def _plan(
        self, uow: UnitOfWork, provider: str, foreign: ForeignSubscription, plans: Mapping[str, str]
    ) -> ServicePlan | None:
        ref = foreign.snapshot.price_ref
        mapped_plan = plans.get(ref or "") or plans.get(foreign.product or "")
        if mapped_plan is not None:
            return await uow.plans.by_soft_id(mapped_plan)
        priced_plans = await uow.plans.list_priced(provider, ref) if ref is not None else []
        return priced_plans[0] if len(priced_plans) == 1 else None

    def _provider(self, provider: str) -> TakesOver:
        gateway = self._gateways.get(provider)
        if not isinstance(gateway, TakesOver):
            raise InvalidInput("provider", f"{provider} is not configured here, or lists no subscriptions of others")
        return gateway


async def _person(uow: UnitOfWork, provider: str, foreign: ForeignSubscription, plan: ServicePlan) -> TelegramId | None:
    """Return the customer's Telegram id from the subscription's metadata; otherwise the id of the person who opened the
    link created for this subscription; None if neither is known.
    """
    for name in NAMES:
        label = foreign.labels.get(name, "").strip()
        if label.isascii() and label.isdigit() and 0 < len(label) <= _DIGITS and int(label) > 0:
            return TelegramId(int(label))
    token = await uow.of(TOKENS_KEY).get(code_of(_import_row(provider, foreign, plan)))
    used_by = await uow.customers.get(token.used_by) if token is not None and token.used_by is not None else None
    return used_by.telegram_id if used_by is not None else None


async def _is_ours(uow: UnitOfWork, snapshot: SubscriptionSnapshot) -> bool:
    """Return True if the metadata of the subscription contains the id of an existing order, so that webhooks about the
    subscription are already matched to the order.
    """
    try:
        order_id = UUID(snapshot.order_id or "")
    except ValueError:
        return False
    return await uow.orders.get(OrderId(order_id)) is not None


def _import_row(provider: str, foreign: ForeignSubscription, plan: ServicePlan) -> ImportRow:
    end = foreign.snapshot.current_period_end or foreign.snapshot.fetched_at
    key = f"{provider}:{foreign.snapshot.ref}"
    return ImportRow(line=0, key=key, telegram_id=None, username=None, name="", plan=plan.soft_id, access_end=end)


def _paid_time(
    payments: Sequence[tuple[PaymentEvent, Payment]], end: datetime, order: Order, cause: str
) -> TimeGrant | None:
    """Return a time grant for the current period, from the period's start at the provider to its end; None if no
    payment of the period is known.
    """
    for event, payment in reversed(payments):
        start = event.period_start or event.occurred_at
        if start < end and (event.period_end is None or event.period_end == end):
            return TimeGrant(
                kind=LedgerKind.PAYMENT,
                source_key=f"{payment.provider}:{payment.payment_key}",
                length=end - start,
                price=order.price,
                note=IMPORT_CAMPAIGN,
                cause=cause,
                payment_id=payment.id,
                starts_at=start,
            )
    return None


def _contract_at(foreign: ForeignSubscription, payment_events: Sequence[PaymentEvent]) -> datetime:
    """Return the time at which the contract was concluded in the other system. If that time is unknown, return the
    latest possible time: a renewal implies a start at least one period earlier.
    """
    snapshot = foreign.snapshot
    start, end = snapshot.current_period_start or snapshot.fetched_at, snapshot.current_period_end
    first = next(iter(payment_events), None)
    if first is None:
        return start
    if not first.is_renewal:
        return first.occurred_at
    return start - (end - start) if end is not None else start


def _order(
    provider: str,
    foreign: ForeignSubscription,
    plan: ServicePlan,
    customer: Customer,
    payment_events: Sequence[PaymentEvent],
) -> Order:
    """Return the paid order of an imported subscription. The provider's events are matched to the customer by the
    order's id.
    """
    at, price = foreign.snapshot.fetched_at, foreign.snapshot.price
    order = Order.open(customer.id, plan, at, at)
    order.id, order.status = OrderId(_identity(provider, foreign.snapshot.ref)), OrderStatus.PAID
    order.paid_at = _contract_at(foreign, payment_events)
    order.price, order.trial_days = price or plan.price, 0
    return order


def _cause(provider: str, ref: str) -> str:
    return f"import:{_identity(provider, ref)}"


def _identity(provider: str, ref: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"adopted:{provider}:{ref}")
