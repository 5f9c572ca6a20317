"""Data for the bot's tasks in the operator's groups when a member joins or leaves: delete service messages and welcome
new members.
"""

from dataclasses import dataclass

from subscriptions.application.access.plan_topics import PlanTopics
from subscriptions.application.alarms.shared_alarms import keep_right_alarm
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

DELETE_RIGHT = "can_delete_messages"
"""Name of the right to delete messages in the Bot API."""


@dataclass(frozen=True)
class KeepGroup:
    """Service that returns the settings of a group, and raises and closes alarms about rights that the
    bot lacks there.
    """

    units: UnitOfWorkFactory
    clock: Clock
    plan_topics: PlanTopics

    async def settings(self, chat: ChatId) -> Resource | None:
        """Return the resource of a group with its settings. Return None if the chat is not a resource, or if neither
        deletion of service messages nor a welcome message is configured.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is None or channel.resource_id is None:
                return None
            resource = await uow.resources.get(channel.resource_id)
        return resource if resource is not None and (resource.tidy or resource.welcome) else None

    async def note(self, chat: ChatId, *, is_allowed: bool) -> None:
        """Record whether Telegram allowed the bot to delete a service message, and raise or close the alarm about the
        missing right.
        """
        async with self.units() as uow:
            channel = await uow.channels.by_chat_id(chat)
            if channel is not None:
                await keep_right_alarm(uow, channel, DELETE_RIGHT, self.clock.now(), is_allowed=is_allowed)
                await uow.commit()

    async def thread(self, chat: ChatId, person: TelegramId) -> int | None:
        """Return the topic in which to welcome a new member: the topic of the member's first live plan that includes
        the group.

        Return None if the group has no topics, or if the topic is still being created.
        """
        async with self.units() as uow:
            channel, customer = await uow.channels.by_chat_id(chat), await uow.customers.by_telegram_id(person)
            if channel is None or channel.resource_id is None or customer is None:
                return None
            plan_ids = await uow.resources.plans_with(channel.resource_id)
            theirs = await uow.subscriptions.of_customer(customer.id)
        plan_id = next((each.plan_id for each in theirs if each.live and each.plan_id in plan_ids), None)
        try:
            return await self.plan_topics.thread(channel.id, plan_id) if plan_id is not None else None
        except RetryLater:
            return None
