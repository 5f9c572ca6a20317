"""A group of the operator's when somebody comes or goes: what the bot has to do there."""

from dataclasses import dataclass

from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.alarms.shared_alarms import keep_right_alarm
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

DELETE_RIGHT = "can_delete_messages"
"""The Bot API's name of the right."""


@dataclass(frozen=True)
class KeepGroup:
    """Knows how each group is kept, and tells the owners where the bot may not do its part."""

    units: UnitOfWorkFactory
    clock: Clock
    plan_topics: PlanTopics

    async def settings(self, chat: ChatId) -> Resource | None:
        """The resource whose group this is; None where it is none of ours, or nothing is to be done there."""
        async with self.units() as uow:
            place = await uow.channels.by_chat_id(chat)
            if place is None or place.resource_id is None:
                return None
            resource = await uow.resources.get(place.resource_id)
        return resource if resource is not None and (resource.tidy or resource.welcome) else None

    async def note(self, chat: ChatId, *, is_allowed: bool) -> None:
        """Whether Telegram let the bot delete a line there."""
        async with self.units() as uow:
            place = await uow.channels.by_chat_id(chat)
            if place is not None:
                await keep_right_alarm(uow, place, DELETE_RIGHT, self.clock.now(), is_allowed=is_allowed)
                await uow.commit()

    async def thread(self, chat: ChatId, person: TelegramId) -> int | None:
        """Where somebody who came in is greeted: in the topic of the first plan of theirs that opens the group; None
        where it is kept without topics, or while that topic is being made."""
        async with self.units() as uow:
            place, customer = await uow.channels.by_chat_id(chat), await uow.customers.by_telegram_id(person)
            if place is None or place.resource_id is None or customer is None:
                return None
            opening = await uow.resources.plans_opening(place.resource_id)
            theirs = await uow.subscriptions.of_customer(customer.id)
        plan_id = next((each.plan_id for each in theirs if each.live and each.plan_id in opening), None)
        try:
            return await self.plan_topics.thread(place.id, plan_id) if plan_id is not None else None
        except RetryLater:
            return None
