"""Check whether a customer has an unpaid order for a gift."""

from subscriptions.application.people.customers import known_customer
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class HasOpenPurchase:
    """Use case that checks whether a customer has an unpaid order for a gift. Such an order may still be paid while the
    feature is draining.
    """

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> bool:
        """Return True if the customer has an open order for the plan as a gift. soft_id: slug of the plan."""
        async with self._units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            return plan is not None and await uow.orders.open_for(customer.id, plan.id, for_another=True) is not None
