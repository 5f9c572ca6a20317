"""The provider's billing pages for a customer whose charge failed: change the card, pay the owed amount, or
authenticate with the bank.
"""

from dataclasses import dataclass

from subscriptions.application.people.customers import known_customer
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, HasPages, ManagePages
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class NothingOwed(UmbralError):
    """Error: the customer has no subscription to the plan that would be charged again."""


@dataclass(frozen=True, kw_only=True)
class PagesView:
    """The provider's billing pages for a subscription.

    pages: None if the provider has no pages, so that the customer must resolve the failed charge elsewhere
    owed: True if a charge failed
    """

    soft_id: str
    plan_name: str
    pages: ManagePages | None
    owed: bool = True


@dataclass(frozen=True)
class ShowPages:
    """Use case that creates links to the billing pages when the customer presses the button. The links are valid for
    minutes and need no further sign-in. `return_url`: URL to which the pages return the customer.
    """

    units: UnitOfWorkFactory
    gateways: GatewayRegistry
    return_url: str

    async def __call__(self, telegram_id: TelegramId, soft_id: str) -> PagesView:
        """Return the pages. Raises NothingOwed and gateway errors."""
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            plan = await uow.plans.by_soft_id(soft_id)
            subscription = await uow.subscriptions.live_for(customer.id, plan.id) if plan is not None else None
        if plan is None or subscription is None or not subscription.renews:
            raise NothingOwed(soft_id)
        gateway = self.gateways.get(subscription.provider or "")
        pages = None
        if isinstance(gateway, HasPages) and subscription.provider_ref is not None:
            pages = await gateway.manage_pages(
                subscription.provider_ref, return_url=self.return_url, locale=customer.language
            )
        return PagesView(soft_id=soft_id, plan_name=plan.name, pages=pages, owed=subscription.has_failed_charge)
