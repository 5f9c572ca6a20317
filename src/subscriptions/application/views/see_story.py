"""History of a customer: all events in order of time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.repositories.views import Row, Stories
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

AREAS: Final = ("money", "access", "messages", "staff")
"""Areas of events in the history."""
LINES: Final = 100


@dataclass(frozen=True)
class SeeStory:
    """Use case that returns a customer's history, with events of every kind."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    stories: Stories

    @with_permission(StaffAction.SEE_CUSTOMERS)
    async def __call__(
        self, _: TelegramId, customer_id: CustomerId, end: datetime, areas: Collection[str] = AREAS
    ) -> tuple[Sequence[Row], bool]:
        """Return up to LINES events, newest first, and True if there are older events. `end`: time before which the
        events happened. Raises NotAllowed if the actor lacks the permission, and RetryLater.
        """
        story = await self.stories.story(customer_id, end, areas, LINES + 1)
        return story[:LINES], len(story) > LINES
