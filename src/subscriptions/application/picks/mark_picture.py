"""Each customer's copy of a pick's picture."""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from subscriptions.application.picks.pick_marks import PickMarks
from subscriptions.domain.entities.pick import Pick, PickPicture
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChannelId, PickId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.pick_pictures import OpenPictures
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

KEPT: Final = timedelta(days=180)
"""How long an original is kept to hold a leak against; without it a picture tells nothing."""

_AT_HAND: Final = 4


class MarkPicture:
    """All copies come from one original, fetched once and kept: what its address leads to may change."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, pick_marks: PickMarks, pictures: OpenPictures) -> None:
        """pictures: opened when the first one is to be marked; what they need is not installed everywhere."""
        self._units = units
        self._pictures = pictures
        self._pick_marks = pick_marks
        self._clock = clock
        self._at_hand: OrderedDict[PickId, bytes] = OrderedDict()
        self._fetching = asyncio.Lock()

    async def __call__(self, pick: Pick, channel_id: ChannelId) -> bytes | None:
        """None where there is no picture, or it is sent as it is. Raises RetryLater, or Permanent for no picture."""
        if pick.content.photo_url is None or not self._pick_marks.on:
            return None
        async with self._fetching:
            original = self._at_hand.get(pick.id) or await self._original(pick, pick.content.photo_url)
            self._at_hand[pick.id] = original
            if len(self._at_hand) > _AT_HAND:
                self._at_hand.popitem(last=False)
        return await self._pictures().marked(original, self._pick_marks.seed(pick.id, channel_id))

    async def _original(self, pick: Pick, url: str) -> bytes:
        async with self._units() as uow:
            kept = await uow.picks.picture(pick.id)
        if kept is not None:
            return kept.original
        fetched = await self._pictures().fetch(url)
        now = self._clock.now()
        async with self._units() as uow:
            await uow.picks.add_picture_if_new(PickPicture(pick_id=pick.id, original=fetched, created_at=now))
            await uow.picks.drop_pictures(now - KEPT)
            kept = await uow.picks.picture(pick.id)
            await uow.commit()
        if kept is None:
            raise Permanent(f"pick {pick.id} is gone")
        return kept.original
