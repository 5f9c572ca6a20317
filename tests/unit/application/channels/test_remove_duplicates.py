"""Check that the duplicate channel, and no other, is found and deleted if Telegram executed a creation request late."""

from __future__ import annotations

import pytest

from subscriptions.application.alarms.alarms import raise_once
from subscriptions.application.alarms.watch_alarms import WatchAlarms
from subscriptions.application.channels.remove_duplicates import DoubleInUse
from subscriptions.application.channels.replace_channel import channel_facts
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.errors import Ambiguous, RetryLater
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable
from subscriptions.domain.services.channel_texts import mark_description
from tests.fakes.provisioner import MadeChannel
from tests.support.purchase import Purchase

LOST = Ambiguous("CreateChannel: lost")


@pytest.fixture
async def purchase() -> Purchase:
    """Return a purchase whose first request to create the channel was lost, and whose second request created the
    channel.
    """
    bought = Purchase()
    await bought.begin()
    bought.trouble("CreateChannel", "before", LOST)
    with pytest.raises(Ambiguous):
        await bought.tend()
    bought.pass_time(seconds=5)
    await bought.tend()
    return bought


def late(purchase: Purchase, **changed: object) -> MadeChannel:
    """Execute the first creation request late, and return the duplicate channel."""
    first = purchase.telegram.channels[0]
    [row] = purchase.memory.rows("telegram_channels")
    about = mark_description(first.about, row.marker)
    double = MadeChannel(ChatId(-1002999999999), first.owner, first.title, about, purchase.clock.now())
    for name, value in changed.items():
        setattr(double, name, value)
    purchase.telegram.channels.append(double)
    return double


async def test_duplicate_channel_that_appears_late_is_deleted(purchase: Purchase) -> None:
    first = purchase.made
    late(purchase)
    await purchase.work()
    assert len(purchase.telegram.channels) == 2
    purchase.pass_time(seconds=30)
    await purchase.work()
    assert purchase.telegram.channels == [first]
    assert (await purchase.channel()).channel_id == first.chat_id
    assert [line.action for line in purchase.memory.rows("audit_log")] == ["channel.double_deleted"]


@pytest.mark.parametrize("minutes", [4, 50, 700])
async def test_duplicate_is_searched_for_repeatedly(purchase: Purchase, minutes: int) -> None:
    purchase.pass_time(minutes=minutes)
    await purchase.work()
    late(purchase)
    purchase.pass_time(hours=12)
    await purchase.work()
    assert len(purchase.telegram.channels) == 1


async def test_duplicate_is_not_searched_for_when_all_requests_were_answered() -> None:
    purchase = Purchase()
    await purchase.begin()
    await purchase.tend()
    purchase.pass_time(hours=13)
    await purchase.work()
    assert purchase.asked("GetDialogs") == 0


async def test_first_of_two_found_channels_is_kept_and_the_second_deleted() -> None:
    purchase = Purchase()
    await purchase.begin()
    purchase.trouble("CreateChannel", "after", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    first = purchase.made
    late(purchase)
    purchase.pass_time(seconds=5)
    await purchase.tend()
    await purchase.work()
    assert purchase.telegram.channels == [first]


@pytest.mark.parametrize(
    "changed",
    [{"about": "Mi canal"}, {"about": "Retador ref:ba9876543210"}, {"owner": AccountId(2)}],
    ids=["no marker", "another marker", "another owner"],
)
async def test_channel_that_is_not_a_duplicate_is_not_deleted(purchase: Purchase, changed: dict[str, object]) -> None:
    late(purchase, **changed)
    purchase.pass_time(hours=13)
    await purchase.work()
    assert len(purchase.telegram.channels) == 2


async def test_duplicate_with_members_raises_an_alarm(purchase: Purchase) -> None:
    late(purchase).members.add(TelegramId(5))
    purchase.pass_time(seconds=30)
    await purchase.work()
    assert len(purchase.telegram.channels) == 2
    assert purchase.alarms() == ["double_in_use"]


async def test_no_channel_is_deleted_while_the_creation_outcome_is_unknown() -> None:
    purchase = Purchase()
    await purchase.begin()
    purchase.trouble("CreateChannel", "after", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    with pytest.raises(RetryLater):
        await purchase.userbot.remove_doubles(AccountId(1), (await purchase.channel()).id)
    assert (await purchase.channel()).status is ChannelStatus.CREATING


async def test_search_by_a_restricted_account_is_postponed(purchase: Purchase) -> None:
    late(purchase)
    purchase.trouble("GetDialogs", "before", AccountUnavailable("restricted", "PeerFloodError"))
    with pytest.raises(RetryLater):
        await purchase.userbot.remove_doubles(AccountId(1), (await purchase.channel()).id)
    assert await purchase.userbot.remove_doubles(AccountId(1), (await purchase.channel()).id) == 1


async def test_duplicate_created_late_by_the_previous_account_is_deleted(purchase: Purchase) -> None:
    other = Purchase()
    await other.begin(accounts=2)
    other.trouble("CreateChannel", "before", LOST)
    with pytest.raises(Ambiguous):
        await other.tend()
    other.pass_time(minutes=11)
    other.trouble("CreateChannel", "before", AccountUnavailable("full", "ChannelsTooMuchError"))
    await other.tend()
    await other.work()
    assert other.made.owner == 2
    late(other, owner=AccountId(1))
    other.pass_time(hours=12)
    await other.work()
    assert [channel.owner for channel in other.telegram.channels] == [2]


async def test_duplicate_without_members_is_deleted_and_its_alarm_closed(purchase: Purchase) -> None:
    async def open_alarms() -> list[str]:
        async with purchase.units() as uow:
            return [alarm.kind for alarm in await uow.alarms.open(9)]

    double = late(purchase)
    double.members.add(TelegramId(5))
    purchase.pass_time(hours=13)
    await purchase.work()
    assert await open_alarms() == ["double_in_use"]
    purchase.pass_time(hours=24)
    await purchase.work()
    assert await open_alarms() == ["double_in_use"]
    double.members.clear()
    purchase.pass_time(hours=24)
    await purchase.work()
    assert await open_alarms() == []
    assert len(purchase.telegram.channels) == 1


async def test_alarm_closes_when_the_duplicate_is_deleted_manually(purchase: Purchase) -> None:
    double = late(purchase)
    double.members.add(TelegramId(5))
    purchase.pass_time(hours=13)
    await purchase.work()
    purchase.telegram.channels.remove(double)
    purchase.pass_time(hours=24)
    await purchase.work()
    async with purchase.units() as uow:
        assert await uow.alarms.open(9) == []


async def test_duplicate_with_members_is_reported_even_if_another_duplicate_cannot_be_deleted(
    purchase: Purchase,
) -> None:
    late(purchase).members.add(TelegramId(5))
    late(purchase, chat_id=ChatId(-1002999999998))
    purchase.trouble("DeleteChannel", "before", RetryLater("not now"))
    with pytest.raises(RetryLater):
        await purchase.userbot.remove_doubles(AccountId(1), (await purchase.channel()).id)
    assert purchase.alarms() == ["double_in_use"]


async def of_an_earlier_version(purchase: Purchase, chat: ChatId) -> None:
    """Raise the alarm as an earlier version did, without a job that checks whether the duplicate still exists."""
    purchase.memory.jobs.clear()
    channel = await purchase.channel()
    async with purchase.units() as uow:
        alarm = DoubleInUse(**await channel_facts(uow, channel), double=str(chat)).raise_event(f"double:{chat}")
        await raise_once(uow, alarm, purchase.clock.now())
        await uow.commit()


@pytest.mark.parametrize(("inside", "keys"), [(True, ["double_in_use"]), (False, [])])
async def test_duplicate_alarm_of_an_earlier_version_stays_open_only_if_the_duplicate_has_members(
    purchase: Purchase, inside: bool, keys: list[str]
) -> None:
    double = late(purchase)
    if inside:
        double.members.add(TelegramId(5))
    else:
        purchase.telegram.channels.remove(double)
    await of_an_earlier_version(purchase, double.chat_id)
    watch = WatchAlarms(purchase.units, purchase.clock)
    await watch()
    async with purchase.units() as uow:
        assert [alarm.key for alarm in await uow.alarms.open(9)] == [f"double:{double.chat_id}"]
    purchase.pass_time(hours=25)
    await purchase.work()
    async with purchase.units() as uow:
        assert [alarm.key.partition(":")[0] for alarm in await uow.alarms.open(9)] == keys
