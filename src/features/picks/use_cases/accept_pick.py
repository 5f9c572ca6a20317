"""Acceptance of posts from the operator's own system. A post may be a tip."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.domain import TipFacts
from features.picks.feature import FEATURE
from features.picks.ports import TipRecord
from features.picks.use_cases.tip_messages import BUILT_IN_MESSAGES, TipMessages
from features.picks.use_cases.tip_text import TipDraft
from subscriptions.application.features import is_off_sentence
from subscriptions.application.posts.publish_post import PostDraft, PublishPost
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork

UTC_ZONE: Final = ZoneInfo("UTC")


class PicksOff(UmbralError):
    """Error: a new post is refused because the feature is off. The message names the command that switches the feature
    on.
    """


def revise_unrecorded(pick: Post, facts: TipFacts, content: PostContent, now: datetime) -> PostContent:
    """Set the new deadline of a tip that is not in a tip record, unless its deadline has passed, and return the new
    message. Raises InvalidInput for a post that is not a tip, and for invalid facts.
    """
    if not pick.has_own_deadline:
        raise InvalidInput("tip", "cannot come by an edit; send a new pick with it")
    if pick.deadline is not None and now < pick.deadline:
        facts.check_new(now)
        if pick.publish_at is not None and facts.deadline <= pick.publish_at:
            raise InvalidInput("publish_at", "must be before the deadline")
        pick.deadline = facts.deadline
    return content


@dataclass(frozen=True)
class Unrecorded:
    """Implementation of `TipRecord` that records nothing, for installations without a tip record."""

    async def publish(self, uow: UnitOfWork, pick: Post, facts: TipFacts, now: datetime, origin: str) -> None:
        """Implements `TipRecord.publish`: record nothing."""

    async def was_published(self, uow: UnitOfWork, pick: Post, facts: TipFacts) -> bool:
        """Return True for a tip, which is a post with its own deadline. Without a record, the post's message is the
        only evidence of its facts.
        """
        return pick.has_own_deadline

    async def revise(
        self, uow: UnitOfWork, pick: Post, facts: TipFacts, content: PostContent, now: datetime, origin: str
    ) -> PostContent:
        """Implements `TipRecord.revise`; see `revise_unrecorded`."""
        return revise_unrecorded(pick, facts, content, now)

    async def withdraw(self, uow: UnitOfWork, pick: Post, now: datetime, origin: str) -> None:
        """Implements `TipRecord.withdraw`: record nothing."""


@dataclass(frozen=True)
class AcceptPick(PublishPost):
    """Use case that accepts posts. A post with facts is a tip, which is added to the plan's tip record in the same
    transaction.

    home: time zone of the times in tips. tip_messages: message templates of tips. record: tip record. is_on: False
        while the feature is draining; new posts are then refused with PicksOff, and existing ones can be edited and
        withdrawn.
    """

    home: ZoneInfo = UTC_ZONE
    tip_messages: TipMessages = BUILT_IN_MESSAGES
    record: TipRecord = Unrecorded()
    is_on: bool = True

    async def tip(
        self, key: str, soft_id: str, draft: TipDraft, origin: str, publish_at: datetime | None = None
    ) -> Post:
        """Accept a tip and add it to the tip record immediately, even if it is published later. origin: `cli` or
        `api:NAME`, for the tip record. Raises InvalidInput if the event has already started.
        """
        return await self._accept(key, soft_id, self._of_tip(draft, origin), publish_at)

    async def revise(self, key: str, draft: TipDraft, origin: str) -> Post:
        """Edit a tip. Its earlier facts stay in the tip record. Raises the same errors as `edit`, and InvalidInput for
        a post that is not a tip.
        """
        return await self._edit(key, self._of_tip(draft, origin))

    async def _accept(self, key: str, soft_id: str, draft: PostDraft, publish_at: datetime | None) -> Post:
        if not self.is_on:
            raise PicksOff(is_off_sentence(FEATURE.name))
        return await super()._accept(key, soft_id, draft, publish_at)

    async def _note_withdrawal(self, uow: UnitOfWork, pick: Post, origin: str) -> None:
        """Record the withdrawal of a tip in the plan's tip record."""
        await self.record.withdraw(uow, pick, self.clock.now(), origin)

    def _of_tip(self, draft: TipDraft, origin: str) -> PostDraft:
        return _TipPost(draft, origin, self.home, self.tip_messages, self.record)


@dataclass(frozen=True)
class _TipPost:
    """Draft of a tip; an implementation of `PostDraft`."""

    draft: TipDraft
    origin: str
    home: ZoneInfo
    tip_messages: TipMessages
    record: TipRecord

    @property
    def known_by(self) -> PostContent:
        return self.draft.known_by(self.home)

    @property
    def deadline(self) -> datetime | None:
        return self.draft.facts.deadline

    async def content(self, uow: UnitOfWork, plan: ServicePlan) -> PostContent:
        return self.draft.content(self.home, await self.tip_messages.messages_of(uow, plan.soft_id))

    def check_new(self, now: datetime) -> None:
        self.draft.facts.check_new(now)

    async def publish(self, uow: UnitOfWork, pick: Post, now: datetime) -> None:
        await self.record.publish(uow, pick, self.draft.facts, now, self.origin)

    async def was_published(self, uow: UnitOfWork, pick: Post) -> bool:
        return await self.record.was_published(uow, pick, self.draft.facts)

    async def revise(self, uow: UnitOfWork, pick: Post, content: PostContent, now: datetime) -> PostContent:
        return await self.record.revise(uow, pick, self.draft.facts, content, now, self.origin)
