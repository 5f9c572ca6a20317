"""Detection of a partner's other Telegram accounts, whose payments earn no commission."""

from features.partners.domain import Partner
from subscriptions.application.people.other_accounts import owners_of
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_own(uow: UnitOfWork, partner: Partner, customer: Customer) -> bool:
    """Return True if the customer is the partner: both are the same account, the partner verified ownership of the
    customer's account, or the partner's purchases were transferred from that account.
    """
    return customer.id == partner.customer_id or partner.customer_id in await owners_of(uow, customer.telegram_id)
