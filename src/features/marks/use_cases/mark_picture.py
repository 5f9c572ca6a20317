"""Creation of watermarked copies of a post's picture."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from features.marks.domain.pick_marks import PickMarks
from features.marks.domain.pictures import PickPicture
from features.marks.ports import PICTURES_KEY, OpenPictures
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.post import Post, PostStatus
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import ChannelId, DeliveryId, PostId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

_AT_HAND: Final = 4

_LET_BE: Final = timedelta(seconds=10)
"""Delay before a URL is requested again after a failure, so that deliveries to many channels do not each wait for an
unreachable server.
"""


class MarkPicture:
    """Creator of watermarked copies of a post's picture. The original is fetched once and stored, because the content
    at its URL may change.
    """

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, pick_marks: PickMarks, pictures: OpenPictures) -> None:
        """Create the use case. pictures: function that creates the adapter when the first picture is needed, because
        the adapter's packages are not installed everywhere.
        """
        self._units = units
        self._pictures = pictures
        self._pick_marks = pick_marks
        self._clock = clock
        self._at_hand: OrderedDict[PostId, bytes] = OrderedDict()
        self._requests: set[str] = set()
        self._failures: dict[str, tuple[datetime, RetryLater | Permanent]] = {}

    async def fetch_for(self, delivery_id: DeliveryId) -> None:
        """Fetch and store the original picture that a delivery needs. If the file is not a picture, the error is raised
        later, when the copy is created.

        Call this before the delivery is claimed: otherwise the claim could expire while the server does not answer, and
        another run would publish the same post. Raises RetryLater immediately while another run requests the same URL,
        and for some seconds after a failure.
        """
        if not self._pick_marks.is_on:
            return
        async with self._units() as uow:
            delivery = await uow.of(POSTS_KEY).get_delivery(delivery_id)
            pick = await uow.of(POSTS_KEY).get(delivery.post_id) if delivery is not None else None
            channel = await uow.channels.get(delivery.channel_id) if delivery is not None else None
        if delivery is None or delivery.message_id is not None or pick is None or pick.status is PostStatus.WITHDRAWN:
            return
        if channel is not None and channel.status is not ChannelStatus.DELETED and pick.content.photo_url is not None:
            await self._fetch(pick.id, pick.content.photo_url)

    async def _fetch(self, pick_id: PostId, url: str) -> None:
        if await self._original(pick_id) is not None:
            return
        if url in self._requests:
            raise RetryLater("the pick's picture is being fetched")
        failure = self._failure(url)
        if failure is None:
            self._requests.add(url)
            try:
                failure = await self._store_picture(pick_id, url)
            finally:
                self._requests.discard(url)
        if isinstance(failure, RetryLater):
            raise RetryLater(str(failure)) from failure

    async def __call__(self, pick: Post, channel_id: ChannelId) -> bytes | None:
        """Return the watermarked copy for a channel; None if the post has no picture or watermarks are off. Never
        fetches the picture.

        Raises Permanent if the file is not a picture, and RetryLater if the original was not fetched yet.
        """
        url = pick.content.photo_url
        if url is None or not self._pick_marks.is_on:
            return None
        original = await self._original(pick.id)
        if original is None:
            failure = self._failure(url)
            if isinstance(failure, Permanent):
                raise Permanent(str(failure)) from failure
            raise RetryLater("the pick's picture is not fetched yet")
        return await self._pictures().mark_copy(original, self._pick_marks.seed(pick.id, channel_id))

    async def _original(self, pick_id: PostId) -> bytes | None:
        if pick_id not in self._at_hand:
            async with self._units() as uow:
                pick_picture = await uow.of(PICTURES_KEY).picture(pick_id)
            if pick_picture is None:
                return None
            self._at_hand[pick_id] = pick_picture.original
            if len(self._at_hand) > _AT_HAND:
                self._at_hand.popitem(last=False)
            return pick_picture.original
        return self._at_hand[pick_id]

    async def _store_picture(self, pick_id: PostId, url: str) -> RetryLater | Permanent | None:
        """Fetch and store the picture at a URL. Return the error if that fails, else None."""
        try:
            original = await self._pictures().fetch(url)
        except (RetryLater, Permanent) as failure:
            self._failures = {each: entry for each, entry in self._failures.items() if self._failure(each) is not None}
            self._failures[url] = self._clock.now(), failure
            return failure
        async with self._units() as uow:
            await uow.of(PICTURES_KEY).add_if_new(
                PickPicture(pick_id=pick_id, original=original, created_at=self._clock.now())
            )
            await uow.commit()
        return None

    def _failure(self, url: str) -> RetryLater | Permanent | None:
        if url not in self._failures:
            return None
        failed_at, failure = self._failures[url]
        # The difference is checked in both directions, so that a wrong clock does not block a picture for long.
        return failure if abs(self._clock.now() - failed_at) < _LET_BE else None
