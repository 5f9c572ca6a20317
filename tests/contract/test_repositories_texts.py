"""Custom texts, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.custom_text import CustomText, TextId
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

TEXT = CustomText(language="es", key="plans.welcome", text="Hola, {brand}\n👋", changed_at=NOON)


async def test_later_text_replaces_the_earlier_text(units: Units) -> None:
    later = replace(TEXT, text="Otra vez", changed_at=NOON + timedelta(days=1))
    other = replace(TEXT, language="en")
    async with units() as uow:
        for text in (TEXT, other, later):
            await uow.texts.save(text)
        await uow.commit()
    async with units() as uow:
        assert await uow.texts.all() == [other, later]
        assert await uow.texts.get(TEXT.id) == later
        assert await uow.texts.get(TextId("pt", TEXT.key)) is None


async def test_each_text_change_gives_a_new_version_stamp(units: Units) -> None:
    stamps = list[str]()
    for change in (None, TEXT, replace(TEXT, changed_at=NOON + timedelta(seconds=1)), TEXT.id, TEXT.id):
        async with units() as uow:
            if isinstance(change, CustomText):
                await uow.texts.save(change)
            elif change is not None:
                assert await uow.texts.remove(change) is (len(stamps) == 3)
            await uow.commit()
        async with units() as uow:
            stamps.append(await uow.texts.stamp())
    empty, first, second, *gone = stamps
    assert len({empty, first, second}) == 3
    assert gone == [empty, empty]
