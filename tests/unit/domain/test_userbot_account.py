"""The capabilities of a userbot account in each status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.domain.entities.userbot_account import AccountStatus, UserbotAccount
from subscriptions.domain.ids import AccountId

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def account(status: AccountStatus = AccountStatus.ACTIVE, used: int = 3) -> UserbotAccount:
    return UserbotAccount(
        id=AccountId(1),
        phone="+34600111222",
        session="",
        status=status,
        channel_cap=10,
        day_cap=5,
        pace=timedelta(minutes=1),
        channels_used=used,
        created_at=NOW,
    )


@pytest.mark.parametrize(
    ("status", "active", "in_service", "dead", "room", "left"),
    [
        (AccountStatus.ACTIVE, True, True, False, 10, 7),
        (AccountStatus.RESTRICTED, False, True, False, 10, 0),
        (AccountStatus.FULL, False, True, False, 3, 0),
        (AccountStatus.RETIRED, False, False, False, 0, 0),
        (AccountStatus.DEAD, False, False, True, 0, 0),
    ],
)
def test_account_status_determines_its_capabilities(
    status: AccountStatus, active: bool, in_service: bool, dead: bool, room: int, left: int
):
    found = account(status)

    assert (found.is_active, found.in_service, found.is_dead) == (active, in_service, dead)
    assert (found.room, found.room_left) == (room, left)


def test_account_above_its_limit_has_no_capacity_left():
    assert (account(used=12).room, account(used=12).room_left) == (12, 0)


@pytest.mark.parametrize(("ordered", "may"), [("GetDialogs", False), ("connect", False), ("*", False), ("Other", True)])
def test_flood_wait_for_connecting_applies_to_every_call(ordered: str, may: bool):
    found = account()
    found.order_wait(ordered, NOW + timedelta(minutes=1))

    assert found.may_call("GetDialogs", NOW) is may
    assert found.may_call("GetDialogs", NOW + timedelta(minutes=1))
