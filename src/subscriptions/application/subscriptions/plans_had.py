"""Which plans somebody ever had."""

from subscriptions.domain.ids import CustomerId, PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def plans_had(uow: UnitOfWork, customer_id: CustomerId) -> set[PlanId]:
    """Also by a subscription that has gone over to another plan since."""
    had = set[PlanId]()
    for item in await uow.subscriptions.of_customer(customer_id):
        had |= {item.plan_id, *(change.from_plan_id for change in await uow.subscriptions.changes_of(item.id))}
    return had
