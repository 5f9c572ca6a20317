"""What messages show of sums: what came in parts, what is missing or never came, what it costs another time."""

from uuid import UUID

from subscriptions.application.payments.refunds import paid_together
from subscriptions.domain.entities.order import AttemptStatus, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import OrderId, PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import part_policy, pricing


async def part_facts(uow: UnitOfWork, subject: UUID) -> dict[str, str] | None:
    """What came, and what is missing by now; None where nothing is: the order was paid, or closed, since."""
    payment = await uow.payments.get(PaymentId(subject))
    order = await uow.orders.get(payment.order_id) if payment is not None else None
    plan = await uow.plans.get(order.plan_id) if order is not None else None
    if payment is None or order is None or plan is None or order.status is not OrderStatus.OPEN:
        return None
    parts = await uow.payments.waiting_parts([order.id])
    mine = [item for item in await uow.orders.attempts(order.id) if item.provider == payment.provider]
    price = pricing.full_price(mine[-1] if mine else None, order)
    return {
        "plan": plan.label,
        "plan_name": plan.name,
        "soft_id": plan.soft_id,
        "provider": payment.provider,
        "amount": str(payment.amount),
        "received": str(part_policy.received(parts, price.currency)),
        "missing": str(part_policy.rest_of(price, parts)),
        "until": order.expires_at.isoformat(),
        "reference": order.reference,
    }


async def failed_facts(uow: UnitOfWork, subject: UUID) -> dict[str, str] | None:
    """What did not come; None where the order was paid, or another page of it opened, since."""
    order = await uow.orders.get(OrderId(subject))
    plan = await uow.plans.get(order.plan_id) if order is not None else None
    if order is None or plan is None or order.status is OrderStatus.PAID:
        return None
    attempts = await uow.orders.attempts(order.id)
    if not attempts or any(item.status is not AttemptStatus.CLOSED for item in attempts):
        return None
    return {
        "plan": plan.label,
        "plan_name": plan.name,
        "soft_id": plan.soft_id,
        "amount": str(pricing.asked_by(attempts[-1], order)),
        "reference": order.reference,
    }


async def paid_for(uow: UnitOfWork, payment: Payment) -> Money:
    """What was paid for what a payment bought: with it, the other parts where it was only one."""
    together = await paid_together(uow, payment)
    return sum((item.amount for item in together if item.id != payment.id), payment.amount)


async def price_again(uow: UnitOfWork, subscription: Subscription, plan: ServicePlan | None) -> str:
    """What it would cost to buy a plan again the same way."""
    if plan is None:
        return ""
    agreed = await uow.plans.price_at(plan.id, subscription.provider or "")
    return str(agreed.price if agreed is not None and agreed.price is not None else plan.price)
