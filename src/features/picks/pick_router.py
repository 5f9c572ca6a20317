"""In-process interface for posts from the operator's own code, without HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from features.picks.feature import FEATURE
from features.picks.use_cases.tip_text import TipDraft
from features.picks.wiring import PicksContainer
from subscriptions.application.features import CommandRefused, is_off_sentence
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.post import Post, PostContent


class PickRouter(Protocol):
    """Interface for submitting and changing posts. The key identifies a post: a repeated submission returns the same
    post.
    """

    async def __call__(self, key: str, soft_id: str, content: PostContent, publish_at: datetime | None = None) -> Post:
        """Submit a post for the chats of a plan. publish_at: earliest time of publication."""
        ...

    async def tip(
        self, key: str, soft_id: str, draft: TipDraft, origin: str, publish_at: datetime | None = None
    ) -> Post:
        """Submit a tip. origin: sender, as stored in the plan's tip record. publish_at: earliest time
        of publication.
        """
        ...

    async def edit(self, key: str, content: PostContent) -> Post:
        """Edit a post in every channel."""
        ...

    async def revise(self, key: str, draft: TipDraft, origin: str) -> Post:
        """Edit a tip in every channel. origin: sender, as stored in the plan's tip record."""
        ...

    async def withdraw(self, key: str, origin: str = "") -> Post:
        """Delete a post from every channel. origin: sender, as stored in the plan's tip record."""
        ...


@asynccontextmanager
async def open_pick_router(environ: Mapping[str, str]) -> AsyncIterator[PickRouter]:
    """Open the interface for posts. `await pick_router(key, plan, content)` submits a post and `pick_router.tip` a tip;
    `edit`, `revise` and `withdraw` change a post in every channel.

    Raises SettingsError naming missing settings, and CommandRefused if the feature is off.
    """
    async with open_core(load(CoreSettings, environ), environ=environ, sells=False) as core:
        if not core.features().is_loaded(FEATURE.name):
            raise CommandRefused(is_off_sentence(FEATURE.name))
        yield PicksContainer(core=core).accept_pick()
