"""Repeated delivery of content at a customer's request."""

from dataclasses import dataclass

from subscriptions.application.access.content import has_content
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.policy import Policy
from subscriptions.application.people.customers import known_customer
from subscriptions.domain.events import ContentOpened
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class AskContent:
    """Use case that delivers content again to a customer who asks for it and is entitled to it."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, soft_id: str, press: str) -> bool:
        """Queue the delivery and return True. Return False if the customer is not entitled or there is no such content.

        `press`: id of the button press; one press causes one delivery
        """
        async with self.units() as uow:
            customer = await known_customer(uow, telegram_id)
            resource = await uow.resources.by_soft_id(soft_id)
            if resource is None or kind_of(resource).has_chat:
                return False
            if not await has_content(uow, customer.id, resource, self.policy, self.clock.now()):
                return False
            uow.record(ContentOpened(customer.id, resource.id, f"{resource.id}:{press}"))
            await uow.commit()
        return True
