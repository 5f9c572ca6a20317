"""Posts from the operator's own system, which may be tips."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from features.picks.feature import FEATURE
from subscriptions.application.features import is_off_sentence
from subscriptions.application.posts.publish_post import PostDraft, PublishPost
from subscriptions.application.posts.tip_messages import BUILT_IN_MESSAGES, TipMessages
from subscriptions.application.posts.tip_text import TipDraft
from subscriptions.application.record.publish_tip import publish, revise, was_published_as, withdraw
from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork

UTC_ZONE: Final = ZoneInfo("UTC")


class PicksOff(UmbralError):
    """Refusal of a new post while the feature is off; the text names the command that switches it on."""


@dataclass(frozen=True)
class AcceptPick(PublishPost):
    """Use case that accepts posts. A post with the facts of a tip is also written to the record of its plan, in the
    same transaction.

    home: time zone of the times in tips. tip_messages: message templates of tips. is_on: False while the feature is
    draining; new posts are then refused with PicksOff, and existing ones can be edited and withdrawn.
    """

    home: ZoneInfo = UTC_ZONE
    tip_messages: TipMessages = BUILT_IN_MESSAGES
    is_on: bool = True

    async def tip(
        self, key: str, soft_id: str, draft: TipDraft, origin: str, publish_at: datetime | None = None
    ) -> Pick:
        """Accept a tip, which enters the record at once. origin: `cli` or `api:NAME`, for the record. Raises
        InvalidInput if the event has already started.
        """
        return await self._accept(key, soft_id, self._of_tip(draft, origin), publish_at)

    async def revise(self, key: str, draft: TipDraft, origin: str) -> Pick:
        """Edit a tip; its earlier facts stay in the record. Raises the same errors as `edit`, and InvalidInput for a
        post that is not a tip.
        """
        return await self._edit(key, self._of_tip(draft, origin))

    async def _accept(self, key: str, soft_id: str, draft: PostDraft, publish_at: datetime | None) -> Pick:
        if not self.is_on:
            raise PicksOff(is_off_sentence(FEATURE.name))
        return await super()._accept(key, soft_id, draft, publish_at)

    async def _note_withdrawal(self, uow: UnitOfWork, pick: Pick, origin: str) -> None:
        """Keep a tip in the record as withdrawn."""
        await withdraw(uow, pick, self.clock.now(), origin)

    def _of_tip(self, draft: TipDraft, origin: str) -> PostDraft:
        return _TipPost(draft, origin, self.home, self.tip_messages)


@dataclass(frozen=True)
class _TipPost:
    """Draft of a tip; see PostDraft."""

    draft: TipDraft
    origin: str
    home: ZoneInfo
    tip_messages: TipMessages

    @property
    def known_by(self) -> PickContent:
        return self.draft.known_by(self.home)

    @property
    def deadline(self) -> datetime | None:
        return self.draft.facts.deadline

    async def content(self, uow: UnitOfWork, plan: ServicePlan) -> PickContent:
        return self.draft.content(self.home, await self.tip_messages.messages_of(uow, plan.soft_id))

    def check_new(self, now: datetime) -> None:
        self.draft.facts.check_new(now)

    async def publish(self, uow: UnitOfWork, pick: Pick, now: datetime) -> None:
        await publish(uow, pick, self.draft.facts, now, self.origin)

    async def was_published(self, uow: UnitOfWork, pick: Pick) -> bool:
        return await was_published_as(uow, pick, self.draft.facts)

    async def revise(self, uow: UnitOfWork, pick: Pick, content: PickContent, now: datetime) -> PickContent:
        return await revise(uow, pick, self.draft.facts, content, now, self.origin)
