"""Promotion that is offered to former customers with the invitation to come back."""

from typing import Final

from subscriptions.application.catalog.deals import serves
from subscriptions.application.messages.announcement import Sources
from subscriptions.domain.entities.discount_code import DiscountCode
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.repositories.discount_codes import DISCOUNTS_KEY


class WinBackOffer:
    """Lookup of the promotion named by the setting WIN_BACK_PROMOTION."""

    async def __call__(self, sources: Sources, customer_id: CustomerId, plan: ServicePlan) -> DiscountCode | None:
        """Return the promotion; None if none is configured or the customer cannot use it for the plan."""
        code = sources.policy.win_back_offer
        offer = await sources.uow.of(DISCOUNTS_KEY).by_code(code) if code else None
        if offer is None or not await serves(sources.uow, offer, customer_id, plan, sources.now):
            return None
        return offer


WIN_BACK: Final = (WinBackOffer(),)
