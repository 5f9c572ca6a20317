"""Names of backups, the choice of the backups to keep, and the time of the next backup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.entities.backup import Backup, Keep, is_due, is_late

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def backup(at: datetime) -> Backup:
    return Backup.begin(at, "0a1b2c3d")


def test_backup_name_contains_the_time_and_can_be_parsed() -> None:
    made = backup(NOON)

    assert made.name == "umbral-20261121T120000Z-0a1b2c3d.age"
    assert Backup.from_name(made.name) == made


@pytest.mark.parametrize("name", ["notes.txt", "umbral-20261121T120000Z-0a1b2c3d.age#1", "umbral-now-0a1b2c3d.age"])
def test_foreign_or_unfinished_file_is_not_a_backup(name: str) -> None:
    assert Backup.from_name(name) is None


def test_retention_keeps_daily_weekly_and_monthly_backups_of_a_year() -> None:
    year = [backup(NOON - DAY * ago) for ago in range(400)]

    kept = sorted(Keep(daily=7, weekly=4, monthly=12).select(year), reverse=True)

    assert [each.made_at for each in kept[:7]] == [NOON - DAY * ago for ago in range(7)]
    weeks = [each.made_at.date().isocalendar()[:2] for each in kept]
    assert len({week for week in weeks if week >= (2026, 44)}) == 4
    assert {(each.made_at.year, each.made_at.month) for each in kept} == {
        *((2026, month) for month in range(1, 12)),
        (2025, 12),
    }
    assert len(kept) <= 7 + 4 + 12


def test_newest_backup_of_each_retained_day_and_newest_backup_overall_are_kept() -> None:
    hours = [backup(NOON - timedelta(hours=ago)) for ago in (0, 1, 2)]

    assert Keep(daily=1, weekly=0, monthly=0).select(hours) == {hours[0]}
    assert Keep(daily=0, weekly=0, monthly=0).select(hours) == {hours[0]}
    assert Keep(daily=7, weekly=4, monthly=12).select([]) == frozenset()


def test_days_without_a_backup_do_not_count_towards_the_retention_limits() -> None:
    rare = [backup(NOON - 30 * DAY * ago) for ago in range(5)]

    assert Keep(daily=7, weekly=4, monthly=12).select(rare) == set(rare)


def test_backup_is_due_after_one_interval_and_late_after_more_than_two() -> None:
    newest = backup(NOON)

    assert is_due(None, DAY, NOON)
    assert not is_due(newest, DAY, NOON + DAY / 2)
    assert is_due(newest, DAY, NOON + DAY)
    assert is_due(newest, DAY, NOON - DAY), "one from the future says nothing"
    assert not is_late(newest, DAY, NOON + DAY * 1.5)
    assert is_late(newest, DAY, NOON + DAY * 2.5)
    assert is_late(None, DAY, NOON)
