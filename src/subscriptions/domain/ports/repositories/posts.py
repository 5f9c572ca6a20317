"""Repository of posts and their deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from subscriptions.domain.entities.post import Post, PostDelivery
from subscriptions.domain.ids import ChannelId, DeliveryId, PlanId, PostId
from subscriptions.domain.ports.repositories.key import RepositoryKey


class PostRepository(Protocol):
    """Repository of posts and their deliveries."""

    async def get(self, post_id: PostId, *, lock: bool = False) -> Post | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Post | None: ...
    async def add_if_new(self, post: Post) -> bool:
        """Add a post. Return False if a post with this key exists."""
        ...

    async def save(self, post: Post) -> None: ...
    async def newest(self, limit: int) -> Sequence[Post]:
        """Return up to `limit` posts, the newest first. Withdrawn posts are included."""
        ...

    async def add_delivery_if_new(self, delivery: PostDelivery) -> bool:
        """Add a delivery. Return False if the post already has a delivery for that channel."""
        ...

    async def deliveries(self, post_id: PostId) -> Sequence[PostDelivery]: ...
    async def counts(self, post_id: PostId) -> Mapping[tuple[int, str | None], int]:
        """Return the number of a post's deliveries for each pair of shown revision (0: none) and reason of failure
        (None: no failure).
        """
        ...

    async def unshown(self, channel_id: ChannelId) -> Sequence[PostDelivery]:
        """Return the refused deliveries to a channel that do not contain the post's current revision, the oldest
        first.
        """
        ...

    async def accepted_between(self, plan_id: PlanId, start: datetime, end: datetime) -> Sequence[Post]:
        """Return the posts of a plan that were accepted from `start` until before `end` and are not withdrawn, the
        oldest first.
        """
        ...

    async def reminders(self, moment: datetime) -> Sequence[Post]:
        """Return the reminders of tips whose start is after `moment`, the earliest start first. Withdrawn reminders are
        left out.
        """
        ...

    async def copy_in(self, post_id: PostId, channel_id: ChannelId) -> PostDelivery | None:
        """Return the delivery of a post to one channel, sent or planned; None if there is none."""
        ...

    async def unposted_before_deadline(self, start: datetime, end: datetime) -> Sequence[Post]:
        """Return the tips whose deadline is from `start` until before `end` and of which no copy, or not every copy,
        was published; the earliest deadline first. Withdrawn tips are included, reminders are not.
        """
        ...

    async def get_delivery(self, delivery_id: DeliveryId, *, lock: bool = False) -> PostDelivery | None: ...
    async def save_delivery(self, delivery: PostDelivery) -> None: ...


POSTS_KEY: Final = RepositoryKey["PostRepository"]("posts")
