"""In-process interface for posts from the operator's own code, without HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from subscriptions.application.picks.picks import AcceptPick
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load


@asynccontextmanager
async def open_pick_router(environ: Mapping[str, str]) -> AsyncIterator[AcceptPick]:
    """Open the interface for posts. `await pick_router(key, plan, content)` submits a post, `pick_router.tip` a tip;
    `edit`, `revise` and `withdraw` change a post everywhere.

    Raises SettingsError naming missing settings.
    """
    async with open_core(load(CoreSettings, environ), sells=False) as core:
        yield AcceptPick(core.units(), core.clock(), core.policy().zones.home, core.tip_messages())
