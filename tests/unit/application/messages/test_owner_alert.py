"""Check that owner alerts about an unavailable database are sent without the database, not for a short fault, and not
continuously.
"""

from __future__ import annotations

from datetime import timedelta

from subscriptions.application.messages.owner_alert import OwnerAlert
from subscriptions.domain.errors import ActionRequired
from subscriptions.domain.ids import TelegramId
from tests.fakes.clock import ManualClock
from tests.fakes.telegram import MemoryNotifier

OWNERS = frozenset({TelegramId(1), TelegramId(2)})
DISK = "database_disk_full"


async def seen(owner_alert: OwnerAlert, clock: ManualClock, *, minutes: float) -> None:
    """Report the fault every five seconds for `minutes` minutes."""
    for _ in range(int(minutes * 12)):
        await owner_alert(DISK)
        clock.advance(timedelta(seconds=5))


async def test_lasting_database_fault_alerts_every_owner_once_an_hour() -> None:
    clock, notifier = ManualClock(), MemoryNotifier()
    owner_alert = OwnerAlert(notifier, clock, OWNERS)
    await seen(owner_alert, clock, minutes=59)
    assert [owed.recipient for owed in notifier.sent] == [1, 2]
    assert {message.to_params()["alarm"] for message in notifier.said} == {DISK}
    await seen(owner_alert, clock, minutes=5)
    assert len(notifier.sent) == 4


async def test_transient_database_fault_causes_no_owner_alert() -> None:
    clock, notifier = ManualClock(), MemoryNotifier()
    owner_alert = OwnerAlert(notifier, clock, OWNERS)
    for _ in range(10):
        await owner_alert(DISK)
        clock.advance(timedelta(minutes=1))
    assert notifier.sent == []


async def test_unreachable_owner_does_not_block_alerts_to_other_owners() -> None:
    clock, notifier = ManualClock(), MemoryNotifier(errors=[ActionRequired("blocked_bot")])
    await seen(OwnerAlert(notifier, clock, OWNERS), clock, minutes=1)
    assert [owed.recipient for owed in notifier.sent] == [2]
