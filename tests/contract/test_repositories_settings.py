"""Custom settings, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from subscriptions.domain.entities.custom_setting import CustomSetting
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]


async def test_setting_is_unique_by_name_and_each_change_gives_a_new_version_stamp(units: Units) -> None:
    grace = CustomSetting(name="GRACE_DAYS", value="7", changed_at=NOON)
    brand = CustomSetting(name="BRAND_NAME", value="", changed_at=NOON)
    stamps = []
    async with units() as uow:
        stamps.append(await uow.settings.stamp())
        for each in (grace, brand):
            await uow.settings.save(each)
            stamps.append(await uow.settings.stamp())
        assert await uow.settings.all() == [brand, grace]
        later = CustomSetting(name="GRACE_DAYS", value="9", changed_at=NOON + timedelta(hours=1))
        await uow.settings.save(later)
        stamps.append(await uow.settings.stamp())
        assert await uow.settings.get("GRACE_DAYS") == later
        assert await uow.settings.remove("GRACE_DAYS")
        assert not await uow.settings.remove("GRACE_DAYS")
        stamps.append(await uow.settings.stamp())
        assert await uow.settings.get("GRACE_DAYS") is None
        await uow.commit()
    assert len(set(stamps[:4])) == 4
    assert stamps[4] != stamps[3]
