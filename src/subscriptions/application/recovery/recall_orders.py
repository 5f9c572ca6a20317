"""Recreation of orders that were lost in a restore of the database, from the payment provider's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

import structlog

from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByPerson
from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.people.customers import owner_at
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import CustomerId, InboxId, OrderId, TelegramId, is_for_another
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import pricing
from subscriptions.domain.services.purchase import Fact
from subscriptions.domain.services.zones import HOME

log = structlog.get_logger(__name__)

_AT_ONCE = 500


class UnassignedPayment(AlarmKind):
    """Alarm: a payment belongs to an order that was lost in a restore, and several plans have its price."""

    name = "payment_to_place"
    closes = ByPerson("neither the plan that was bought nor its delivery is recorded")
    link = AlarmLink.GRANT
    provider: str
    event: str
    customer: CustomerId
    telegram_id: TelegramId
    order: OrderId
    amount: Money
    plans: str


@dataclass(frozen=True)
class RecallOrders:
    """Use case that recreates the lost orders to which unapplied payment events refer. Each event's own job then
    applies the event.
    `zone`: time zone in which a plan's last day ends
    """

    units: UnitOfWorkFactory
    fetch_event_details: FetchEventDetails
    clock: Clock
    zone: tzinfo = HOME

    async def __call__(self) -> int:
        """Recreate the orders and return their number. If it is uncertain which plan a payment was for, the owners are
        alerted (`UnassignedPayment`).
        """
        async with self.units() as uow:
            inbox_entries = await uow.inbox.list_pending(_AT_ONCE)
        recalled_count = 0
        for entry in inbox_entries:
            try:
                fact = await self.fetch_event_details(entry.event)
            except UmbralError as error:
                log.warning("an order cannot be recalled now", provider=entry.event.provider, reason=str(error))
                continue
            async with self.units() as uow:
                recalled_count += await self._recall(uow, entry.id, fact)
                await uow.commit()
        return recalled_count

    async def _recall(self, uow: UnitOfWork, inbox_id: InboxId, fact: Fact) -> bool:
        """Recreate the order of one event from the order id and Telegram id that the provider stored at checkout.
        Return True if the order was recreated.
        """
        event, snapshot = fact.event, fact.snapshot
        named_order_id = event.order_id or (snapshot.order_id if snapshot is not None else None)
        who = event.telegram_id or (snapshot.telegram_id if snapshot is not None else None)
        order_id = _order_id(named_order_id)
        paid_amount = event.regular or event.amount or (snapshot.price if snapshot is not None else None)
        if order_id is None or who is None or paid_amount is None or await uow.orders.get(order_id) is not None:
            return False
        plans = await self._plans(uow, fact, paid_amount)
        if not plans:
            return False
        customer = await _customer(uow, TelegramId(who), event.occurred_at)
        if len(plans) > 1:
            await self._ask(uow, inbox_id, fact, customer, order_id, paid_amount, plans)
            return False
        plan = plans[0]
        for_another = is_for_another(order_id)
        plan_terms, ends_at = plan.for_another() if for_another else plan, plan.end_in(self.zone)
        order = Order.open(
            customer.id, plan_terms, event.occurred_at, self.clock.now(), ends_at=ends_at, for_another=for_another
        )
        order.id = order_id
        if await uow.orders.open_for(customer.id, plan.id, lock=True, for_another=for_another) is not None:
            order.expire()
            order.events.drain()
        if not await uow.orders.add_if_new(order):
            return False
        attempt = CheckoutAttempt(
            order_id=order.id,
            number=1,
            provider=event.provider,
            amount=paid_amount,
            price=paid_amount,
            created_at=event.occurred_at,
            expires_at=self.clock.now(),
        )
        attempt.session_ref, attempt.subscription_ref = event.checkout_ref, event.subscription_ref
        await uow.orders.save_attempt(attempt)
        log.info("order recalled", order=order.reference, provider=event.provider, plan=plan.soft_id)
        return True

    async def _ask(
        self,
        uow: UnitOfWork,
        inbox_id: InboxId,
        fact: Fact,
        customer: Customer,
        order_id: OrderId,
        amount: Money,
        plans: Sequence[ServicePlan],
    ) -> None:
        """Alert the owners that the plan of a payment is uncertain, once per order. The alarm has the key of the
        general alarm about an unapplied event, so that only one of the two is raised.
        """
        open_alarms = await uow.alarms.open_of(UnassignedPayment.name, "inbox:")
        if any(each.facts.get("order") == str(order_id) for each in open_alarms):
            return
        alarm = UnassignedPayment(
            provider=fact.event.provider,
            event=fact.event.event_key,
            customer=customer.id,
            telegram_id=customer.telegram_id,
            order=order_id,
            amount=amount,
            plans=", ".join(plan.name for plan in plans),
        )
        now = self.clock.now()
        await raise_once(uow, alarm.raise_event(f"inbox:{inbox_id}", now), now)

    async def _plans(self, uow: UnitOfWork, fact: Fact, paid_amount: Money) -> Sequence[ServicePlan]:
        """Return the plan of the provider's price object. If there is none, return all plans with exactly this price at
        the provider.
        """
        event, snapshot = fact.event, fact.snapshot
        if snapshot is not None and snapshot.price_ref is not None:
            priced_plans = await uow.plans.list_priced(event.provider, snapshot.price_ref)
            if len(priced_plans) == 1:
                return priced_plans
        plans = []
        for plan in await uow.plans.all(active_only=False):
            own = {each.provider: each.price for each in await uow.plans.own_prices(plan.id) if each.price is not None}
            same_kind = plan.recurring or event.subscription_ref is None
            if same_kind and pricing.price_by(plan, event.provider, own) == paid_amount:
                plans.append(plan)
        return plans


async def _customer(uow: UnitOfWork, telegram_id: TelegramId, at: datetime) -> Customer:
    """Return the customer, who is created if missing. The name and language are updated when the customer next writes
    to the bot.
    """
    customer = await uow.customers.by_telegram_id(telegram_id)
    # The provider knows the account that the customer had at that time, which may have been transferred since.
    customer = await owner_at(uow, customer, at) if customer is not None else None
    if customer is not None:
        return customer
    await uow.customers.add_if_new(Customer.arrive(telegram_id, str(telegram_id), None, LANGUAGES.home, at))
    made_customer = await uow.customers.by_telegram_id(telegram_id)
    if made_customer is None:
        raise LookupError(f"customer {telegram_id} was not made")
    return made_customer


def _order_id(reference: str | None) -> OrderId | None:
    try:
        return OrderId(UUID(reference)) if reference is not None else None
    except ValueError:
        return None
