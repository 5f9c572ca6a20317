"""Withdrawal of a mirrored post with the database user of the userbot."""

from __future__ import annotations

from features.broadcasts.domain import Broadcast, BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.post import PostContent
from tests.fakes import samples
from tests.fakes.units import Units
from tests.integration.database.test_compromised_logins import units_of


async def test_database_login_of_the_userbot_can_withdraw_a_mirrored_post(database_url: str, units: Units) -> None:
    mirrored = Broadcast.draft("mirror:-1001:5", None, PostContent(text="hi"), samples.NOON)
    async with units() as uow:
        assert await uow.of(BROADCASTS_KEY).add_if_new(mirrored)
        await uow.commit()
    async with units_of(database_url, "userbot") as userbot, userbot() as uow:
        kept = await uow.of(BROADCASTS_KEY).get(mirrored.id, lock=True)
        assert kept is not None
        kept.withdraw(samples.NOON)
        await uow.of(BROADCASTS_KEY).note_withdrawn(kept)
        await uow.commit()
    async with units() as uow:
        kept = await uow.of(BROADCASTS_KEY).get(mirrored.id)
        assert kept is not None
        assert (kept.status, kept.revision, kept.content) == (BroadcastStatus.WITHDRAWN, 2, mirrored.content)
