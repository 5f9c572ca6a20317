"""Topic for a plan's posts in a group with topics, created once by the bot."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from subscriptions.application.alarms.shared_alarms import keep_right_alarm
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import PlanTopic
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import ChannelId, PlanId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.forum import Forum, NoTopicMade
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

GENERAL: Final = 0
"""Thread id 0: the topic that every forum has, or the chat itself in a group without topics."""
TOPIC_RIGHT: Final = "can_manage_topics"
"""Name of the administrator right to manage topics in the Bot API (core.telegram.org/bots/api)."""
MAKING_TAKES: Final = timedelta(minutes=1)
"""Time for which a process reserves the creation of a topic. Afterwards another process may create the topic, because
the first one is considered dead; a topic that the first one may have created stays empty.
"""
_NAME_LIMIT: Final = 128


@dataclass(frozen=True)
class PlanTopics:
    """Service that finds or creates a plan's topic. Topics only sort posts: every member of the group can read every
    topic.
    """

    units: UnitOfWorkFactory
    forum: Forum
    clock: Clock

    async def thread(self, channel_id: ChannelId, plan_id: PlanId) -> int | None:
        """Return the topic for a plan's posts in a chat. Return None for a chat without topics.

        Return GENERAL and raise an alarm if the bot can't create a topic. Raise RetryLater while another process
        creates the topic.
        """
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            if channel is None or channel.channel_id is None or channel.resource_id is None:
                return None
            resource, plan = await uow.resources.get(channel.resource_id), await uow.plans.get(plan_id)
            if resource is None or not resource.topics or plan is None:
                return None
            known_topic = await uow.resources.topic(channel_id, plan_id)
            if known_topic is not None and known_topic.thread is not None:
                return known_topic.thread
            topic = PlanTopic(channel_id=channel_id, plan_id=plan_id, asked_at=self.clock.now())
            if not await uow.resources.claim_topic(topic, MAKING_TAKES):
                raise RetryLater("the plan's topic is being made", delay=timedelta(seconds=2))
            await uow.commit()
        return await self._make(channel, plan, topic)

    async def open_all(self, channel_id: ChannelId) -> None:
        """Create the topics of every plan that includes a group. Raises the same errors as `thread`."""
        async with self.units() as uow:
            channel = await uow.channels.get(channel_id)
            if channel is None or channel.resource_id is None:
                return
            opening = await uow.resources.plans_with(channel.resource_id)
            plans = [plan.id for plan in await uow.plans.all(active_only=False) if plan.id in opening]
        for plan_id in plans:
            await self.thread(channel_id, plan_id)

    async def forget(self, channel_id: ChannelId, plan_id: PlanId, thread: int) -> None:
        """Delete the record of a topic that was deleted at Telegram. The next post creates a new topic."""
        topic = PlanTopic(channel_id=channel_id, plan_id=plan_id, thread=thread, asked_at=self.clock.now())
        async with self.units() as uow:
            await uow.resources.drop_topic(topic)
            await uow.commit()
        log.info("a plan's topic is gone", channel=str(channel_id), plan=str(plan_id))

    async def _make(self, channel: Channel, plan: ServicePlan, topic: PlanTopic) -> int:
        thread = None
        try:
            if channel.channel_id is not None:
                thread = await self.forum.open_topic(channel.channel_id, plan.label[:_NAME_LIMIT])
        except RetryLater:
            await self._settle(channel, topic, None)
            raise
        except Ambiguous as silence:
            raise RetryLater("a plan's topic may have been made", delay=MAKING_TAKES) from silence
        except NoTopicMade as refusal:
            log.warning("no topic could be made", channel=str(channel.id), reason=str(refusal))
            await self._settle(channel, topic, None, is_refused=True)
            return GENERAL
        await self._settle(channel, topic, thread)
        return thread or GENERAL

    async def _settle(
        self, channel: Channel, topic: PlanTopic, thread: int | None, *, is_refused: bool = False
    ) -> None:
        async with self.units() as uow:
            if thread is None:
                await uow.resources.drop_topic(topic)
            else:
                await uow.resources.save_topic(replace(topic, thread=thread))
            if is_refused or thread is not None:
                await keep_right_alarm(uow, channel, TOPIC_RIGHT, self.clock.now(), is_allowed=not is_refused)
            await uow.commit()
