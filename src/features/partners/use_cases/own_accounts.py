"""Other Telegram accounts that a partner proved to be theirs: what these pay earns nothing, as by the first."""

from features.partners.domain import Partner
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.ports.repositories.moving import TAKEOVERS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def is_own(uow: UnitOfWork, partner: Partner, customer: Customer) -> bool:
    """Whether a customer is the partner: by the first account, the second that they named, or one they moved from."""
    if customer.id == partner.customer_id:
        return True
    second = await uow.of(TAKEOVERS_KEY).second_by_account(customer.telegram_id)
    if second is not None and second.customer_id == partner.customer_id:
        return True
    return partner.customer_id in await uow.of(TAKEOVERS_KEY).taken_from(customer.telegram_id)
