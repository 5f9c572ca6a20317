"""Check that a creation request with an unknown outcome remains with its account, and that a refused request goes to
another account.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.dto import jobs
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import ProvisioningDelayedMessage
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import AccountId
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, FloodWait
from tests.fakes.clock import ManualClock
from tests.support.purchase import Purchase
from tests.support.userbot import POLICY

LOST = Ambiguous("CreateChannel: lost")
FLOOD = FloodWait("CreateChannel", timedelta(seconds=77))
FULL = AccountUnavailable("full", "ChannelsTooMuchError")


@pytest.fixture
def purchase() -> Purchase:
    return Purchase()


@pytest.mark.parametrize(("moment", "looked"), [("before", 1), ("after", 1)])
async def test_channel_is_searched_for_before_a_second_request_if_the_first_answer_was_lost(
    purchase: Purchase, moment: str, looked: int
) -> None:
    await purchase.begin()
    purchase.trouble("CreateChannel", moment, LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    with pytest.raises(RetryLater) as error:
        await purchase.tend()
    assert error.value.delay == timedelta(seconds=5)
    assert purchase.asked("GetDialogs") == 0
    purchase.pass_time(seconds=5)
    await purchase.tend()
    assert purchase.asked("GetDialogs") == looked
    assert purchase.made.chat_id == (await purchase.channel()).channel_id
    assert purchase.asked("CreateChannel") == (2 if moment == "before" else 1)


async def test_channel_is_not_searched_for_before_its_first_creation_request(purchase: Purchase) -> None:
    await purchase.begin()
    await purchase.tend()
    assert purchase.asked("GetDialogs") == 0


async def test_channel_with_unknown_creation_outcome_stays_with_its_account_during_a_flood_wait(
    purchase: Purchase,
) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "after", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    purchase.pass_time(seconds=5)
    purchase.trouble("GetDialogs", "before", FloodWait("GetDialogs", timedelta(seconds=300)))
    with pytest.raises(FloodWait):
        await purchase.tend()
    assert (await purchase.channel()).account_id == 1
    assert purchase.notified() == ["provisioning_delayed"]
    purchase.pass_time(seconds=300)
    await purchase.tend()
    assert purchase.made.owner == 1


@pytest.mark.parametrize("refusal", [FLOOD, FULL, AccountUnavailable("restricted", "UserRestrictedError")])
async def test_refused_creation_is_assigned_to_another_account(purchase: Purchase, refusal: Exception) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "before", refusal)
    await purchase.tend()
    given_back = await purchase.channel()
    assert (given_back.status, given_back.account_id) == (ChannelStatus.PLANNED, None)
    assert purchase.memory.jobs[-1].name == jobs.AssignChannel.name
    await purchase.assign()
    await purchase.tend()
    assert purchase.made.owner == 2
    assert [(await purchase.account(number)).channels_used for number in (1, 2)] == [0, 1]


async def test_single_account_retries_after_its_flood_wait(purchase: Purchase) -> None:
    await purchase.begin()
    purchase.trouble("CreateChannel", "before", FLOOD)
    await purchase.tend()
    with pytest.raises(RetryLater) as waiting:
        await purchase.assign()
    assert waiting.value.delay == timedelta(seconds=77)
    assert purchase.notified() == ["provisioning_delayed"]
    purchase.pass_time(seconds=77)
    await purchase.assign()
    await purchase.tend()
    assert purchase.asked("CreateChannel") == 2


async def test_account_at_its_channel_limit_is_marked_full_and_raises_one_alarm(purchase: Purchase) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "before", FULL)
    await purchase.tend()
    marked = await purchase.account(1)
    assert (marked.status, marked.status_reason) == (AccountStatus.FULL, "ChannelsTooMuchError")
    assert purchase.alarms() == ["account_full"]


async def test_channel_is_reassigned_half_an_hour_after_a_refusal_that_followed_a_lost_answer(
    purchase: Purchase,
) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "before", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    purchase.pass_time(seconds=5)
    purchase.trouble("CreateChannel", "before", FULL, times=2)
    with pytest.raises(RetryLater) as limited:
        await purchase.tend()
    assert limited.value.delay == timedelta(minutes=30)
    assert (await purchase.channel()).account_id == 1
    purchase.pass_time(minutes=30)
    await purchase.tend()
    assert (await purchase.channel()).account_id is None
    await purchase.assign()
    await purchase.tend()
    assert purchase.made.owner == 2


async def test_channel_whose_creation_answer_was_lost_is_adopted_even_if_its_account_is_full(
    purchase: Purchase,
) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "after", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    full = await purchase.account(1)
    full.status = AccountStatus.FULL
    await purchase.save(full)
    purchase.pass_time(seconds=5)
    await purchase.tend()
    assert (purchase.made.owner, (await purchase.channel()).status) == (1, ChannelStatus.READY)


async def test_channel_is_reassigned_if_its_account_became_unusable_before_the_creation(purchase: Purchase) -> None:
    await purchase.begin(accounts=2)
    dead = await purchase.account(1)
    dead.status = AccountStatus.DEAD
    await purchase.save(dead)
    await purchase.tend()
    assert (await purchase.channel()).account_id is None
    assert purchase.telegram.calls == []


async def test_channel_with_unknown_creation_outcome_at_a_banned_account_is_created_by_another(
    purchase: Purchase,
) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("CreateChannel", "after", LOST)
    with pytest.raises(Ambiguous):
        await purchase.tend()
    purchase.telegram.channels.clear()
    purchase.pass_time(seconds=5)
    purchase.trouble("GetDialogs", "before", AccountUnavailable("dead", "UserDeactivatedBanError"))
    await purchase.tend()
    await purchase.work()
    channel = await purchase.channel()
    assert (channel.status, channel.account_id, purchase.made.owner) == (ChannelStatus.READY, 2, 2)


async def test_account_logged_out_during_the_channel_setup_raises_one_alarm(purchase: Purchase) -> None:
    await purchase.begin()
    purchase.trouble("EditAdmin", "before", AccountUnavailable("dead", "SessionRevokedError"))
    for _ in range(2):
        with pytest.raises(Permanent):
            await purchase.tend()
    assert purchase.alarms() == ["account_logged_out"]
    assert purchase.asked("ToggleNoForwards") == 1


async def test_account_that_becomes_unusable_again_on_the_same_day_raises_another_alarm(purchase: Purchase) -> None:
    await purchase.begin()
    for _ in range(2):
        purchase.trouble("EditAdmin", "before", AccountUnavailable("dead", "AuthKeyUnregisteredError"))
        with pytest.raises(Permanent):
            await purchase.tend()
        account = await purchase.account(1)
        account.status = AccountStatus.ACTIVE
        await purchase.save(account)
        purchase.pass_time(seconds=60)
    raised = [job.payload["key"] for job in purchase.memory.jobs_named(jobs.RaiseAlarm.name)]
    assert len(set(raised)) == 2


async def test_restricted_account_is_retried_for_a_channel_that_it_created(purchase: Purchase) -> None:
    await purchase.begin(accounts=2)
    purchase.trouble("EditAdmin", "before", AccountUnavailable("restricted", "PeerFloodError"))
    with pytest.raises(RetryLater) as limited:
        await purchase.tend()
    assert limited.value.delay == timedelta(minutes=30)
    assert purchase.notified() == ["provisioning_delayed"]
    await purchase.tend()
    assert (await purchase.channel()).status is ChannelStatus.READY


async def test_bot_usernames_are_resolved_again_only_when_stale(purchase: Purchase) -> None:
    await purchase.begin()
    purchase.trouble("SendMessage", "before", Ambiguous("SendMessage: lost"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    assert purchase.asked("ResolveUsername") == 3
    purchase.telegram.salt_bots()
    await purchase.tend()
    assert purchase.asked("ResolveUsername") == 6


async def test_username_of_another_bot_is_a_permanent_error(purchase: Purchase) -> None:
    await purchase.begin()
    purchase.telegram.bots["umbral_bot"] = 999
    with pytest.raises(Permanent, match="another bot"):
        await purchase.tend()


async def test_account_sends_no_request_for_a_channel_of_another_account(purchase: Purchase) -> None:
    await purchase.begin(accounts=2)
    await purchase.userbot.tend(AccountId(2), (await purchase.channel()).id)
    assert purchase.telegram.calls == []


async def test_delay_message_is_not_sent_once_the_invite_exists(purchase: Purchase) -> None:
    await purchase.begin()

    async def read() -> ProvisioningDelayedMessage | None:
        channel = await purchase.channel()
        async with purchase.units() as uow:
            return await ProvisioningDelayedMessage.load(Sources(uow, POLICY, ManualClock().now()), channel.id)

    reported = await read()
    assert reported is not None
    assert reported.plan_name.startswith("Plan ")
    await purchase.tend()
    assert await read() is None
