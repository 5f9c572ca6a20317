"""Loading of the rows from which the timeline of a subscription is computed."""

from datetime import timedelta

from subscriptions.domain.entities.service_plan import DisputePolicy, RefundPolicy
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ports.repositories.facts import FACTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.stored_facts import Rows
from subscriptions.domain.timeline.facts import Terms
from subscriptions.domain.timeline.timeline import Timeline, timeline


async def load_timeline(uow: UnitOfWork, subscription: Subscription, default_grace: timedelta) -> Timeline:
    """Return the timeline of a subscription. `default_grace`: grace period of a plan that has none of its own."""
    rows = await load_rows(uow, subscription)
    return timeline(rows.facts(), await load_terms(uow, subscription, default_grace))


async def load_terms(uow: UnitOfWork, subscription: Subscription, default_grace: timedelta) -> Terms:
    """Return the terms of a subscription: those of its order, and the grace period of its plan or else the default."""
    order = await uow.orders.get(subscription.order_id) if subscription.order_id is not None else None
    return Terms(
        grace=access_policy.grace_of(await uow.plans.get(subscription.plan_id), default_grace),
        keeps_refunded=order is not None and order.refund_policy is RefundPolicy.KEEP_ACCESS,
        suspends_disputed=order is None or order.dispute_policy is DisputePolicy.SUSPEND,
    )


async def load_rows(uow: UnitOfWork, subscription: Subscription) -> Rows:
    """Return all rows about a subscription from which its timeline is computed."""
    entries = await uow.ledger.of_subscription(subscription.id)
    order_payments = await uow.payments.of_order(subscription.order_id) if subscription.order_id is not None else ()
    ids = {entry.payment_id for entry in entries if entry.payment_id is not None}
    other_payments = await uow.payments.with_ids(ids - {payment.id for payment in order_payments})
    own_payments = [each for each in order_payments if each.subscription_id == subscription.id or each.id in ids]
    payments = [*own_payments, *other_payments]
    facts = uow.of(FACTS_KEY)
    requests = [request for payment in payments for request in await facts.requests_of(payment.id)]
    return Rows(
        subscription=subscription,
        entries=entries,
        payments=payments,
        refunds=[refund for payment in payments for refund in await uow.reversals.refunds_of(payment.id)],
        disputes=await uow.reversals.disputes_of([payment.id for payment in payments]),
        requests=requests,
        holds=await facts.holds_of(subscription.id),
        reports=await facts.reports_of(subscription.id),
    )
