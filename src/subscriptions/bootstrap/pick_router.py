"""Picks from the operator's own code, in the same process and without HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from subscriptions.application.picks.picks import AcceptPick
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load


@asynccontextmanager
async def open_pick_router(environ: Mapping[str, str]) -> AsyncIterator[AcceptPick]:
    """`await pick_router(key, plan, content)` hands over a pick, `pick_router.tip` one with the facts of a tip; `edit`,
    `revise` and `withdraw` change it everywhere.

    Raises SettingsError naming what is missing.
    """
    async with open_core(load(CoreSettings, environ), sells=False) as core:
        yield AcceptPick(core.units(), core.clock(), core.policy().zones.home, core.tip_messages())
