"""Posts: accepted once, published in every live chat of a plan, and edited and withdrawn there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.domain.entities.post import Post, PostContent, PostStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory

OPERATOR: Final = "operator"
"""Sender of posts from the operator's own code."""


class PostConflict(UmbralError):
    """Error: the idempotency key was used before with another post."""


class UnknownPost(UmbralError):
    """Error: no post has this key."""


class PostDraft(Protocol):
    """Protocol of a post as it was submitted, before the message for its plan is created."""

    @property
    def known_by(self) -> PostContent:
        """Content that is compared with an earlier submission under the same idempotency key."""
        ...

    @property
    def deadline(self) -> datetime | None:
        """Time from which no copy is posted; None if there is no such time."""
        ...

    @property
    def origin(self) -> str:
        """Sender of the post, as recorded in the audit log."""
        ...

    async def content(self, uow: UnitOfWork, plan: ServicePlan) -> PostContent:
        """Return the message for the chats of a plan."""
        ...

    def check_new(self, now: datetime) -> None:
        """Raise InvalidInput if the post can no longer be submitted, for example because its deadline is over."""
        ...

    async def publish(self, uow: UnitOfWork, post: Post, now: datetime) -> None:
        """Write the records that belong to a new post, in the transaction that adds the post."""
        ...

    async def was_published(self, uow: UnitOfWork, post: Post) -> bool:
        """Return True if the post was published from a draft of this kind."""
        ...

    async def revise(self, uow: UnitOfWork, post: Post, content: PostContent, now: datetime) -> PostContent:
        """Write the records that belong to an edit, and return the message to show. The post is locked. Raises
        InvalidInput for a draft of another kind than the post.
        """
        ...


@dataclass(frozen=True)
class PlainPost:
    """Draft of a post that consists only of its message."""

    message: PostContent
    origin: str = OPERATOR

    @property
    def known_by(self) -> PostContent:
        """Content that is compared with an earlier submission under the same idempotency key."""
        return self.message

    @property
    def deadline(self) -> datetime | None:
        """Always None: a plain post, unlike a tip, can be posted at any time."""
        return None

    async def content(self, uow: UnitOfWork, plan: ServicePlan) -> PostContent:
        """Return the message."""
        return self.message

    def check_new(self, now: datetime) -> None:
        """Accept every post."""

    async def publish(self, uow: UnitOfWork, post: Post, now: datetime) -> None:
        """Do nothing: no further records belong to the post."""

    async def was_published(self, uow: UnitOfWork, post: Post) -> bool:
        """Return True if the post was accepted without a deadline, as a plain post is."""
        return not post.has_own_deadline

    async def revise(self, uow: UnitOfWork, post: Post, content: PostContent, now: datetime) -> PostContent:
        """Return the new content. Raises InvalidInput for a post with a deadline, which is a tip."""
        if post.has_own_deadline:
            raise InvalidInput("tip", "must come with a revision of a tip")
        return content


@dataclass(frozen=True)
class PublishPost:
    """Use case that accepts posts. It queues their delivery and returns before any message is sent."""

    units: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self,
        key: str,
        soft_id: str,
        content: PostContent,
        publish_at: datetime | None = None,
        origin: str = OPERATOR,
    ) -> Post:
        """Accept a post. A repeated call with the same key and content returns the existing post. `publish_at`:
        earliest time of publication. `origin`: sender, for the audit log. Raises PlanUnavailable, PostConflict if the
        key was used with other content, and InvalidInput for an invalid time.
        """
        return await self._accept(key, soft_id, PlainPost(content, origin), publish_at)

    async def edit(self, key: str, content: PostContent) -> Post:
        """Edit a post in every channel. Raises UnknownPost, also for a withdrawn post, and InvalidInput for a tip,
        which cannot be edited without its facts.
        """
        return await self._edit(key, PlainPost(content))

    async def withdraw(self, key: str, origin: str = "") -> Post:
        """Withdraw a post from every channel. Raises UnknownPost if no post has this key."""
        async with self.units() as uow:
            post = await uow.of(POSTS_KEY).by_key(key, lock=True)
            if post is None:
                raise UnknownPost(key)
            if post.status is PostStatus.ACCEPTED:
                await self._note_withdrawal(uow, post, origin)
            post.withdraw()
            await uow.of(POSTS_KEY).save(post)
            await uow.commit()
            return post

    async def _note_withdrawal(self, uow: UnitOfWork, post: Post, origin: str) -> None:
        """Hook for subclasses: write the records that belong to a withdrawal, in the same transaction. The post is
        locked.
        """

    async def _accept(self, key: str, soft_id: str, draft: PostDraft, publish_at: datetime | None) -> Post:
        now = self.clock.now()
        async with self.units() as uow:
            plan = await uow.plans.by_soft_id(soft_id)
            if plan is None:
                raise PlanUnavailable(soft_id)
            known_post = await uow.of(POSTS_KEY).by_key(key)
            if known_post is None:
                draft.check_new(now)
                content = await draft.content(uow, plan)
                post = Post.accept(key, plan.id, content, now, draft.deadline, publish_at)
                # A template of the plan may change later; the draft stays the same.
                post.accepted_as = draft.known_by.fingerprint
                if await uow.of(POSTS_KEY).add_if_new(post):
                    await draft.publish(uow, post, now)
                    await uow.audit.record(
                        actor=draft.origin,
                        action="post.accepted",
                        subject=str(post.id),
                        reason="for the chats of the plan",
                        at=now,
                        facts={"plan": plan.soft_id},
                    )
                    await uow.commit()
                    return post
                known_post = await uow.of(POSTS_KEY).by_key(key)
            if known_post is None or known_post.plan_id != plan.id or not known_post.was_accepted_as(draft.known_by):
                raise PostConflict(key)
            if not await draft.was_published(uow, known_post) or not known_post.was_to_go_out(publish_at):
                raise PostConflict(key)
        return known_post

    async def _edit(self, key: str, draft: PostDraft) -> Post:
        async with self.units() as uow:
            post = await uow.of(POSTS_KEY).by_key(key, lock=True)
            if post is None or post.status is PostStatus.WITHDRAWN:
                raise UnknownPost(key)
            plan = await uow.plans.get(post.plan_id)
            if plan is None:
                raise PlanUnavailable(str(post.plan_id))
            content = await draft.content(uow, plan)
            post.edit(await draft.revise(uow, post, content, self.clock.now()))
            await uow.of(POSTS_KEY).save(post)
            await uow.commit()
            return post
