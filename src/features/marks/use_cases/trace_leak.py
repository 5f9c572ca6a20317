"""Search for the customer whose copy of a post was leaked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from features.marks.domain.leak_odds import Verdict, evidence, judge, picture_fits, text_fits
from features.marks.domain.pick_marks import PickMarks
from features.marks.domain.text_marks import pairs_of_words, slots
from features.marks.ports import (
    PICTURES_KEY,
    LeakedPicture,
    NoPicture,
    OpenPictures,
    PictureTooLarge,
    PictureTooSmall,
)
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.post import Post, PostDelivery
from subscriptions.domain.ids import ChannelId, PostId
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

PICKS_LOOKED_AT: Final = 5000
"""Number of newest posts with which a leaked text is compared."""

TEXT_LOOKED_AT: Final = 20_000
"""Maximum number of characters of a leaked text that are compared. A post has at most a fifth of that length."""

PICTURES_LOOKED_AT: Final = 300
"""Number of newest pictures with which a leaked picture is compared. Each comparison takes some hundredths of
a second.
"""

_LOOKED_CLOSER: Final = 6
_UNFIT: Final[Mapping[type[Exception], Verdict]] = {
    NoPicture: Verdict.NO_PICTURE,
    PictureTooSmall: Verdict.TOO_SMALL,
    PictureTooLarge: Verdict.TOO_LARGE,
}
_ALIKE: Final = 0.5
_AS_ALIKE: Final = 0.9
_LEAST_PAIRS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """Possible source of a leak.

    wrong: probability that another customer is the source
    customer: None for a shared channel
    """

    customer: Customer | None
    plan: str
    pick: str
    sent_at: datetime
    wrong: float


@dataclass(frozen=True, kw_only=True)
class LeakTrace:
    """Result of a search for the source of a leak.

    suspects: possible sources, the most certain first
    copies: number of copies with which the leak was compared
    """

    verdict: Verdict
    suspects: Sequence[Suspect] = ()
    copies: int = 0


@dataclass(frozen=True, eq=False)
class _Copy:
    pick: Post
    channel_id: ChannelId


@dataclass(frozen=True)
class TraceLeak:
    """Use case that finds the source of a leak by comparing the leak with the copies of the newest posts.

    `pictures`: function that creates the adapter for pictures, which is needed only if the leak is a picture.
    """

    units: UnitOfWorkFactory
    pick_marks: PickMarks
    pictures: OpenPictures

    async def text(self, leak: str) -> LeakTrace:
        """Find the source of a leaked text, or the reason why the source is unknown. Raises MarksUnkeyed if no
        watermark key is configured.
        """
        leak, synonyms = leak[:TEXT_LOOKED_AT], self.pick_marks.synonyms
        leak_pairs = pairs_of_words(leak, synonyms)
        if len(leak_pairs) < _LEAST_PAIRS:
            return LeakTrace(verdict=Verdict.TOO_SHORT)
        async with self.units() as uow:
            alike = self._alike(leak_pairs, await uow.of(POSTS_KEY).newest(PICKS_LOOKED_AT))
            copies = [copy for pick in alike for copy in _copies(pick, await uow.of(POSTS_KEY).deliveries(pick.id))]
        if not alike:
            return LeakTrace(verdict=Verdict.UNKNOWN_PICK)
        words = frozenset(pair for pick in alike for pair in pairs_of_words(pick.content.text, synonyms))
        shown_slots = evidence(slots(leak, synonyms), words)
        seeds = {copy: self.pick_marks.seed(copy.pick.id, copy.channel_id) for copy in copies}
        verdict, sure = judge(text_fits(shown_slots, seeds))
        return await self._name_copies(verdict, sure, len(copies))

    async def picture(self, leak: bytes) -> LeakTrace:
        """Find the source of a leaked picture, or the reason why the source is unknown. Raises MarksUnkeyed if no
        watermark key is configured, and InvalidInput if a package for pictures is missing.
        """
        try:
            leaked_picture = await self.pictures().open(leak)
        except (NoPicture, PictureTooSmall, PictureTooLarge) as unfit:
            return LeakTrace(verdict=_UNFIT[type(unfit)])
        scores: dict[_Copy, float] = {}
        for pick_id in await self._pictured_like(leaked_picture):
            async with self.units() as uow:
                pick, pick_picture = await uow.of(POSTS_KEY).get(pick_id), await uow.of(PICTURES_KEY).picture(pick_id)
                copies = _copies(pick, await uow.of(POSTS_KEY).deliveries(pick_id)) if pick is not None else []
            seeds = [self.pick_marks.seed(copy.pick.id, copy.channel_id) for copy in copies]
            values = (
                await leaked_picture.correlations(pick_picture.original, seeds) if pick_picture is not None else None
            )
            scores |= dict(zip(copies, values or (), strict=False))
        if not scores:
            return LeakTrace(verdict=Verdict.UNKNOWN_PICK)
        return await self._name_copies(*judge(picture_fits(scores)), len(scores))

    async def _pictured_like(self, leaked_picture: LeakedPicture) -> Sequence[PostId]:
        """Return the posts whose pictures are most similar to the leaked picture. Pictures are loaded one at a time to
        save memory.
        """
        async with self.units() as uow:
            pick_ids = await uow.of(PICTURES_KEY).newest(PICTURES_LOOKED_AT)
        likeness: dict[PostId, float] = {}
        for pick_id in pick_ids:
            async with self.units() as uow:
                pick_picture = await uow.of(PICTURES_KEY).picture(pick_id)
            likeness[pick_id] = (
                await leaked_picture.likeness(pick_picture.original) if pick_picture is not None else 0.0
            )
        return sorted(likeness, key=lambda each: likeness[each], reverse=True)[:_LOOKED_CLOSER]

    def _alike(self, leak_pairs: frozenset[tuple[str, str]], picks: Sequence[Post]) -> Sequence[Post]:
        """Return the posts that share the most word pairs with the leaked text, including posts that share almost as
        many.
        """
        shares = []
        for pick in picks:
            own = pairs_of_words(pick.content.text, self.pick_marks.synonyms)
            count = len(leak_pairs & own)
            if count >= _LEAST_PAIRS and count / min(len(leak_pairs), len(own)) >= _ALIKE:
                shares.append((count, pick))
        most = max((both for both, _ in shares), default=0)
        return [pick for both, pick in shares if both >= most * _AS_ALIKE]

    async def _name_copies(self, verdict: Verdict, sure: Mapping[_Copy, float], copies: int) -> LeakTrace:
        async with self.units() as uow:
            suspects = [await _suspect(uow, copy, wrong) for copy, wrong in sure.items()]
        if verdict is Verdict.NAMED and suspects[0].customer is None:
            verdict = Verdict.SHARED
        return LeakTrace(verdict=verdict, suspects=suspects, copies=copies)


def _copies(pick: Post, deliveries: Sequence[PostDelivery]) -> Sequence[_Copy]:
    # A copy whose delivery is uncertain because the answer was lost may have been sent as well.
    return [
        _Copy(pick, pick_delivery.channel_id)
        for pick_delivery in deliveries
        if pick_delivery.message_id is not None or pick_delivery.repeated
    ]


async def _suspect(uow: UnitOfWork, copy: _Copy, wrong: float) -> Suspect:
    channel = await uow.channels.get(copy.channel_id)
    plan = await uow.plans.get(copy.pick.plan_id)
    customer_id = channel.customer_id if channel is not None else None
    return Suspect(
        customer=await uow.customers.get(customer_id) if customer_id is not None else None,
        plan=plan.name if plan is not None else "",
        pick=copy.pick.key,
        sent_at=copy.pick.created_at,
        wrong=wrong,
    )
