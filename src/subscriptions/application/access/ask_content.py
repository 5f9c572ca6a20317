"""What the bot hands over, asked for once more."""

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
    """Hands something over once more, to who asks for it and has a right to it."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy

    async def __call__(self, telegram_id: TelegramId, soft_id: str, press: str) -> bool:
        """False: they have no right to it, or there is none. press: what asks; the same one gives it once."""
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
