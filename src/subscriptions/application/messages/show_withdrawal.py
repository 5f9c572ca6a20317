"""Acknowledgement of a withdrawal, shown to the customer on request."""

from dataclasses import dataclass

from subscriptions.application.messages.payment_messages import Withdrawn
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.ids import OrderId, TelegramId
from subscriptions.domain.ports.repositories.withdrawals import WITHDRAWALS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class ShowWithdrawal:
    """Use case that returns the acknowledgement of a customer's own withdrawal."""

    units: UnitOfWorkFactory

    async def __call__(self, telegram_id: TelegramId, order_id: OrderId) -> Withdrawn | None:
        """Return the acknowledgement of the withdrawal from an order. Return None if there is no withdrawal, or if
        another customer withdrew.
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            withdrawal = await uow.of(WITHDRAWALS_KEY).of_order(order_id)
            order = await uow.orders.get(order_id)
            if withdrawal is None or order is None or withdrawal.customer_id != customer.id:
                return None
            return await Withdrawn.from_withdrawal(uow, withdrawal, order)
