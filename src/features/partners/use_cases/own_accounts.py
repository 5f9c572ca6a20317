"""Other Telegram accounts of a partner, whose payments earn no commission."""

from features.partners.domain import Partner
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.repositories.moving import TAKEOVERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_own(uow: UnitOfWork, partner: Partner, customer: Customer) -> bool:
    """Return True if the customer is the partner: the same account, the second account they named, or one whose data
    they took over.
    """
    if customer.id == partner.customer_id:
        return True
    second = await uow.of(TAKEOVERS_KEY).second_by_account(customer.telegram_id)
    if second is not None and second.customer_id == partner.customer_id:
        return True
    return partner.customer_id in await uow.of(TAKEOVERS_KEY).taken_from(customer.telegram_id)
