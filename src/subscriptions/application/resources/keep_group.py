"""A group of the operator's when somebody comes or goes: what the bot has to do there."""

from dataclasses import dataclass

from subscriptions.application.alarms.alarms import keep_alarm
from subscriptions.application.alarms.shared_alarms import BotRightsMissing
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

DELETING = "can_delete_messages"
"""The Bot API's name of the right."""


@dataclass(frozen=True)
class KeepGroup:
    """Knows how each group is kept, and tells the owners where the bot may not do its part."""

    units: UnitOfWorkFactory
    clock: Clock

    async def settings(self, chat: ChatId) -> Resource | None:
        """The resource whose group this is; None where it is none of ours, or nothing is to be done there."""
        async with self.units() as uow:
            place = await uow.channels.by_chat_id(chat)
            if place is None or place.resource_id is None:
                return None
            resource = await uow.resources.get(place.resource_id)
        return resource if resource is not None and (resource.tidy or resource.welcome) else None

    async def note(self, chat: ChatId, bot: str, *, allowed: bool) -> None:
        """Whether Telegram let the bot delete a line there."""
        async with self.units() as uow:
            place = await uow.channels.by_chat_id(chat)
            if place is not None:
                alarm = BotRightsMissing(channel=place.title, bot=f"@{bot}", missing=DELETING)
                key = f"{place.id}:{DELETING}"
                await keep_alarm(uow, BotRightsMissing, key, None if allowed else alarm, self.clock.now())
                await uow.commit()
