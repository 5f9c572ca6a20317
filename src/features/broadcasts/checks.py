"""Check, for `umbral doctor`, that a userbot account can see each mirrored channel."""

from datetime import datetime
from typing import Final

from features.broadcasts.use_cases.sources import sight_of, sources
from subscriptions.domain.ports.unit_of_work import UnitOfWork


async def unseen_sources(uow: UnitOfWork, now: datetime) -> list[str]:
    """Return a warning that names the mirrored channels in which no account can see deletions; empty if there are
    none.
    """
    sights = {source.title: await sight_of(uow, source.chat) for source in await sources(uow)}
    unseen_titles = [title for title, sight in sights.items() if sight is None or not sight.fresh(now)]
    return [
        f"mirror: no account of the pool sees what is deleted in {', '.join(unseen_titles)}, so it stays in the "
        "channels of plans; add one there as a subscriber, and see that the userbot runs"
    ] * bool(unseen_titles)


DATABASE_CHECKS: Final = (unseen_sources,)
"""Checks of the database for `umbral doctor`; each returns warnings."""
