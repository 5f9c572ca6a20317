"""Pages of the customers who have an access to a chat, for jobs that query Telegram about each customer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccessId, ChannelId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

PAGE: Final = 50
"""Number of customers per job."""


@dataclass(frozen=True)
class CustomerPage:
    """Customers with an access to a chat, in order of their access ids, without erased customers.

    last: id of the access after which the next page begins; None on the last page
    """

    channel_id: ChannelId
    people: Sequence[tuple[Access, Customer]]
    last: AccessId | None

    async def each(self, work: Callable[[Access, Customer], Awaitable[None]]) -> bool:
        """Call `work` for each customer. A refusal by Telegram is logged, and the remaining customers are processed.
        Return False if Telegram refused all of them, as in a chat that the bot has left.
        """
        refused = 0
        for access, customer in self.people:
            try:
                await work(access, customer)
            except Permanent as error:
                refused += 1
                log.error(
                    "a chat's customer is skipped",
                    channel=str(self.channel_id),
                    access=str(access.id),
                    reason=str(error),
                )
        return refused == 0 or refused < len(self.people)


async def customers_of_chat(uow: UnitOfWork, channel_id: ChannelId, after_id: AccessId | None) -> CustomerPage:
    """Return the page of customers that follows the access `after_id`; None returns the first page."""
    accesses = await uow.accesses.page_of_channel(channel_id, after_id, PAGE)
    customers = [(access, await uow.customers.get(access.customer_id)) for access in accesses]
    return CustomerPage(
        channel_id=channel_id,
        people=[(access, each) for access, each in customers if each is not None and not each.is_forgotten],
        last=accesses[-1].id if len(accesses) == PAGE else None,
    )
