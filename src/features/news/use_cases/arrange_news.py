"""Choice of activity feed topics by each owner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from features.news.domain import DEFAULT_TOPICS, Topic
from features.news.permissions import RECEIVE_NEWS
from subscriptions.application.people.staff_desk import OwnExecution, StaffDesk, acts, with_permission
from subscriptions.domain.entities.variable import Variable
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

_TOPICS: Final = Variable(
    "news_topics",
    lambda text: frozenset(topic for topic in Topic if topic in text.split(",")),
    lambda topics: ",".join(sorted(topics)),
)
"""Stored variable with the activity feed topics that an owner chose, one per owner."""


@dataclass(frozen=True)
class ArrangeNews:
    """Use case that shows an owner's activity feed topics and switches them on or off."""

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk

    @with_permission(RECEIVE_NEWS)
    async def topics(self, actor: TelegramId) -> Mapping[Topic, bool]:
        """Return, for each topic, True if the owner receives it. Raises NotAllowed if the actor lacks
        the permission.
        """
        async with self.units() as uow:
            topics = await topics_of(uow, actor)
        return {topic: topic in topics for topic in Topic}

    @acts(RECEIVE_NEWS)
    async def switch(self, execution: OwnExecution, topic: Topic, *, is_on: bool) -> None:
        """Switch a topic on or off for the owner. Raises NotAllowed if the actor lacks the permission."""
        owner = execution.staff.telegram_id
        topics = await topics_of(execution.uow, owner)
        await choose(execution.uow, owner, topics | {topic} if is_on else topics - {topic})
        await execution.note(topic, "heard" if is_on else "not heard any more")


async def choose(uow: UnitOfWork, owner: TelegramId, topics: Iterable[Topic]) -> None:
    """Store the topics that an owner receives."""
    await uow.variables.set(_TOPICS.for_subject(owner), frozenset(topics))


async def topics_of(uow: UnitOfWork, owner: TelegramId) -> frozenset[Topic]:
    """Return the topics that an owner receives, by default `DEFAULT_TOPICS`."""
    topics = await uow.variables.get(_TOPICS.for_subject(owner))
    return DEFAULT_TOPICS if topics is None else topics
