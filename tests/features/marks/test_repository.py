"""Originals of watermarked pictures, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from features.marks.domain.pictures import PickPicture
from features.marks.ports import PICTURES_KEY
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.selling import selling
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_pictures_are_stored_once_and_pruned(units: Units) -> None:
    async with units() as uow:
        sale = await selling(uow)
        picks = [samples.pick(sale.plan, created_at=NOON + timedelta(days=day)) for day in range(3)]
        for pick in picks:
            assert await uow.of(POSTS_KEY).add_if_new(pick)
        kept = [PickPicture(pick_id=each.id, original=b"\x00\xff", created_at=each.created_at) for each in picks]
        for picture in kept:
            assert await uow.of(PICTURES_KEY).add_if_new(picture)
            assert not await uow.of(PICTURES_KEY).add_if_new(replace(picture, original=b"another"))
        assert await uow.of(PICTURES_KEY).picture(picks[1].id) == kept[1]
        assert await uow.of(PICTURES_KEY).newest(2) == [picks[2].id, picks[1].id]
        assert await uow.personal_data.prune(Record.PICTURES, NOON + timedelta(days=31), timedelta(days=30), 9) == 1
        assert await uow.of(PICTURES_KEY).newest(9) == [picks[2].id, picks[1].id]
        assert [each.id for each in await uow.of(POSTS_KEY).newest(2)] == [picks[2].id, picks[1].id]
