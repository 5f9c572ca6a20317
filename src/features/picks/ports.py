"""Port of the tip record, which another feature may implement."""

from datetime import datetime
from typing import Protocol

from features.picks.domain import TipFacts
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class TipRecord(Protocol):
    """Port of the tip record, which stores each tip with its changes. Each method is called in the transaction that
    changes a tip's post, while the post is locked.
    """

    async def publish(self, uow: UnitOfWork, pick: Post, facts: TipFacts, now: datetime, origin: str) -> None:
        """Record a new tip. origin: sender of the tip, as stored in the tip record."""
        ...

    async def was_published(self, uow: UnitOfWork, pick: Post, facts: TipFacts) -> bool:
        """Return True if the post was submitted as a tip with these facts."""
        ...

    async def revise(
        self, uow: UnitOfWork, pick: Post, facts: TipFacts, content: PostContent, now: datetime, origin: str
    ) -> PostContent:
        """Record a revised tip and set the post's new deadline. Return the message to show, which is `content` or
        contains it. Raises InvalidInput for a post that is not a tip.
        """
        ...

    async def withdraw(self, uow: UnitOfWork, pick: Post, now: datetime, origin: str) -> None:
        """Record that a tip is withdrawn. Nothing is recorded for a post that is not a tip."""
        ...
