"""Mirrored channels in the report of `umbral doctor`."""

from __future__ import annotations

from features.broadcasts.use_cases.sources import UNSEEN_FOR, Sight, Source, keep_sight, keep_sources
from subscriptions.bootstrap.doctor import report_of_database
from subscriptions.bootstrap.operator import operator
from subscriptions.domain.ids import AccountId, ChatId
from tests.integration.test_doctor import installation
from tests.support.installation import Installation

__all__ = ["installation"]


async def test_mirrored_channel_in_which_no_account_sees_deletions_is_reported(installation: Installation) -> None:
    async def notified() -> list[str]:
        lines = await report_of_database(installation.settings)
        return [line.partition(",")[0] for line in lines if line.startswith("mirror")]

    async with operator(installation.settings) as container:
        units, now = container.core.units(), container.core.clock().now()
        assert await notified() == []
        async with units() as uow:
            await keep_sources(uow, [Source(ChatId(-1001), "Mis picks", "retabet")])
            await uow.commit()
        assert await notified() == ["mirror: no account of the pool sees what is deleted in Mis picks"]
        async with units() as uow:
            await keep_sight(uow, ChatId(-1001), Sight(AccountId(1), 5, now))
            await uow.commit()
        assert await notified() == []
        await installation.sandbox.world.advance(UNSEEN_FOR)
        assert len(await notified()) == 1
