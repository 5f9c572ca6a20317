"""Progress of a post: the number of channels that show the post, and the reasons of failures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from subscriptions.application.posts.publish_post import UnknownPost
from subscriptions.domain.entities.post import Post
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class PickProgress:
    """Progress of one post.

    copies: number of channels that are to show the post
    posted_count: number of channels that show any revision of the post
    current: number of channels that show the current revision
    failures: number of failures by reason; the reason `late` means that the deadline of a tip had passed
    """

    pick: Post
    copies: int
    posted_count: int
    current: int
    failures: Mapping[str, int]


@dataclass(frozen=True)
class GetPick:
    """Use case that returns the progress of a post, without locking the post."""

    units: UnitOfWorkFactory

    async def __call__(self, key: str) -> PickProgress:
        """Return the progress of a post. key: the caller's idempotency key. Raises UnknownPost if no
        post has this key.
        """
        async with self.units() as uow:
            pick = await uow.of(POSTS_KEY).by_key(key)
            counts = await uow.of(POSTS_KEY).counts(pick.id) if pick is not None else {}
        if pick is None:
            raise UnknownPost(key)
        failures = Counter[str]()
        for (revision, reason), number in counts.items():
            if reason is not None and revision != pick.revision:
                failures[reason] += number
        return PickProgress(
            pick,
            sum(counts.values()),
            sum(number for (revision, _), number in counts.items() if revision > 0),
            sum(number for (revision, _), number in counts.items() if revision == pick.revision),
            dict(failures),
        )
