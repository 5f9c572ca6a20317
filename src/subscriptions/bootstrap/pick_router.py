"""In-process interface for posts from the operator's own code, without HTTP."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from subscriptions.application.features import CommandRefused, is_off_sentence
from subscriptions.application.posts.tip_text import TipDraft
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.domain.entities.post import Post, PostContent


class PickRouter(Protocol):
    """Interface for posts. The key identifies a post: a repeated submission returns the same post."""

    async def __call__(self, key: str, soft_id: str, content: PostContent, publish_at: datetime | None = None) -> Post:
        """Submit a post for the chats of a plan. publish_at: earliest time of publication."""
        ...

    async def tip(
        self, key: str, soft_id: str, draft: TipDraft, origin: str, publish_at: datetime | None = None
    ) -> Post:
        """Submit a tip. origin: sender, as stored in the plan's record."""
        ...

    async def edit(self, key: str, content: PostContent) -> Post:
        """Edit a post everywhere."""
        ...

    async def revise(self, key: str, draft: TipDraft, origin: str) -> Post:
        """Edit a tip everywhere."""
        ...

    async def withdraw(self, key: str, origin: str = "") -> Post:
        """Delete a post everywhere."""
        ...


@dataclass(frozen=True)
class PickRouterPart:
    """Part of a feature that accepts posts: the constant `PICK_ROUTER` of the feature's module `pick_router`."""

    module: ClassVar[str] = "pick_router"
    make: Callable[[CoreContainer], PickRouter]


@asynccontextmanager
async def open_pick_router(environ: Mapping[str, str]) -> AsyncIterator[PickRouter]:
    """Open the interface for posts. `await pick_router(key, plan, content)` submits a post, `pick_router.tip` a tip;
    `edit`, `revise` and `withdraw` change a post everywhere.

    Raises SettingsError naming missing settings, and CommandRefused if no feature that is on accepts posts.
    """
    async with open_core(load(CoreSettings, environ), environ=environ, sells=False) as core:
        yield _pick_router(core)


def _pick_router(core: CoreContainer) -> PickRouter:
    found = installed().parts(PickRouterPart)
    for name, part in found.items():
        if core.features().is_loaded(name):
            return part.make(core)
    raise CommandRefused(is_off_sentence(next(iter(found))) if found else "no installed feature accepts posts")
