"""Check that a channel has one invite link while its customer is expected, and none before and after."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.errors import Ambiguous, Permanent, UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.channel_provisioner import ExportedLink, FloodWait
from tests.support.purchase import Purchase
from tests.support.refusals import refusal

STRANGER = TelegramId(666)


@pytest.fixture
async def purchase() -> Purchase:
    bought = Purchase()
    await bought.begin()
    return bought


def live(purchase: Purchase) -> list[str]:
    return [link.url for link in purchase.made.links if not link.is_revoked and not link.primary]


async def test_invite_expires_after_a_day_and_is_cleaned_up(purchase: Purchase) -> None:
    await purchase.tend()
    (invite,) = purchase.invites()
    assert invite.expires_at == purchase.clock.now() + timedelta(hours=24)
    (later,) = [job for job in purchase.memory.jobs if job.not_before is not None]
    assert (later.not_before, later.payload["upkeep"]) == (invite.expires_at, True)


async def test_planned_invite_id_is_used_by_the_retry_and_cleared_once_the_link_exists(purchase: Purchase) -> None:
    purchase.trouble("ExportChatInvite", "before", Ambiguous("lost"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    intended = (await purchase.access()).next_invite_id
    await purchase.tend()
    assert [invite.id for invite in purchase.invites()] == [intended]
    assert (await purchase.access()).next_invite_id is None


async def test_second_run_of_the_invite_job_changes_nothing(purchase: Purchase) -> None:
    await purchase.tend()
    made = list(purchase.made.links)
    await purchase.tend()
    assert purchase.made.links == made
    assert purchase.notified() == ["invite_ready"]


async def test_expired_invite_is_revoked_and_renewed_only_on_demand(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.pass_time(hours=24)
    await purchase.tend(upkeep=True)
    assert live(purchase) == []
    assert purchase.notified() == ["invite_ready"]
    await purchase.tend()
    assert len(live(purchase)) == 1
    assert purchase.notified() == ["invite_ready", "invite_ready"]


async def test_cleanup_does_not_revoke_a_newer_invite(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.pass_time(hours=24)
    await purchase.tend()
    await purchase.tend(upkeep=True)
    assert live(purchase) == [purchase.invites()[-1].url]


async def test_invite_link_is_revoked_once_the_customer_has_joined(purchase: Purchase) -> None:
    await purchase.tend()
    primary = ExportedLink("https://t.me/+primary", None, None, primary=True)
    forgotten = ExportedLink("https://t.me/+forgotten", "an answer that was lost", None)
    purchase.made.links += [primary, forgotten]
    await purchase.join()
    await purchase.tend()
    assert live(purchase) == []
    assert [link.url for link in purchase.made.links if not link.is_revoked] == [primary.url]


async def test_pending_join_requests_of_strangers_are_declined_once_the_customer_has_joined(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.knock(STRANGER)
    await purchase.join()
    await purchase.tend()
    assert (purchase.made.waiting, purchase.made.members) == (set(), {purchase.buyer.telegram_id})


async def test_payer_with_a_timely_join_request_is_admitted_after_the_link_expired(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.knock(purchase.buyer.telegram_id)
    purchase.pass_time(hours=24)
    await purchase.tend(upkeep=True)
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert (await purchase.access()).status is AccessStatus.ACTIVE


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_lost_answer_to_a_link_request_leaves_one_live_invite_link(purchase: Purchase, moment: str) -> None:
    purchase.trouble("ExportChatInvite", moment, Ambiguous("ExportChatInvite: lost"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    await purchase.tend()
    assert live(purchase) == [invite.url for invite in purchase.invites()]


@pytest.mark.parametrize(
    "refusal", [FloodWait("EditChatAbout", timedelta(hours=1)), Permanent("EditChatAbout: 400"), Ambiguous("lost")]
)
async def test_payer_gets_the_invite_link_even_if_the_channel_description_cannot_be_changed(
    purchase: Purchase, refusal: UmbralError
) -> None:
    purchase.trouble("EditChatAbout", "before", refusal)
    with pytest.raises(type(refusal)):
        await purchase.tend()
    assert live(purchase) == [invite.url for invite in purchase.invites()] != []
    assert purchase.notified() == ["invite_ready"]
    marker = (await purchase.channel()).marker
    assert purchase.made.about.endswith(marker)
    purchase.pass_time(hours=1)
    await purchase.tend()
    assert marker not in purchase.made.about, "made up for"


async def test_link_that_expired_before_the_retry_is_replaced_by_a_valid_link(purchase: Purchase) -> None:
    purchase.trouble("ExportChatInvite", "after", Ambiguous("ExportChatInvite: lost"))
    with pytest.raises(Ambiguous):
        await purchase.tend()
    purchase.pass_time(hours=25)
    await purchase.tend()
    (invite,) = purchase.invites()
    assert invite.usable(purchase.clock.now())


async def test_link_created_while_access_ended_is_revoked_at_once(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.pass_time(hours=24)
    await purchase.tend(upkeep=True)

    def end(account: int, method: str, moment: str) -> None:
        if method == "ExportChatInvite":
            (stored,) = purchase.memory.tables["accesses"]
            stored.status = AccessStatus.REVOKING

    purchase.telegram.trouble = end
    await purchase.tend()
    assert live(purchase) == []
    assert purchase.notified() == ["invite_ready"]


@pytest.mark.parametrize("status", [AccessStatus.REVOKING, AccessStatus.REVOKED, AccessStatus.SUSPENDED])
async def test_customer_without_access_has_no_link(purchase: Purchase, status: AccessStatus) -> None:
    await purchase.tend()
    access = await purchase.access()
    access.status = status
    await purchase.save(access)
    purchase.knock(purchase.buyer.telegram_id)
    await purchase.tend()
    assert (live(purchase), purchase.made.waiting, purchase.made.members) == ([], set(), set())


async def test_scan_admits_the_payer_and_declines_other_people(purchase: Purchase) -> None:
    await purchase.tend()
    purchase.knock(STRANGER)
    purchase.knock(purchase.buyer.telegram_id)
    owner = (await purchase.channel()).account_id
    assert owner is not None
    assert await purchase.userbot.scan(owner) == 2
    assert purchase.made.members == {purchase.buyer.telegram_id}
    assert await purchase.userbot.scan(owner) == 0
    assert [line.action for line in purchase.memory.rows("audit_log")] == ["join_request.declined"]


@pytest.mark.parametrize("name", ["USER_ID_INVALID", "PEER_ID_INVALID", "USER_KICKED"])
async def test_unanswerable_join_request_does_not_block_other_join_requests(purchase: Purchase, name: str) -> None:
    await purchase.tend()
    gone, payer = TelegramId(1), purchase.buyer.telegram_id
    assert gone < payer
    purchase.knock(gone)
    purchase.knock(payer)
    owner = (await purchase.channel()).account_id
    assert owner is not None
    purchase.trouble("HideChatJoinRequest", "before", refusal("HideChatJoinRequest", name))
    await purchase.userbot.scan(owner)
    assert purchase.made.members == {payer}
    assert purchase.made.waiting == {gone}


@pytest.mark.parametrize("name", ["USER_CHANNELS_TOO_MUCH", "CHANNELS_TOO_MUCH"])
async def test_payer_in_too_many_channels_has_status_action_required_until_admitted(
    purchase: Purchase, name: str
) -> None:
    await purchase.tend()
    purchase.knock(purchase.buyer.telegram_id)
    owner = (await purchase.channel()).account_id
    assert owner is not None
    purchase.trouble("HideChatJoinRequest", "before", refusal("HideChatJoinRequest", name))
    await purchase.userbot.scan(owner)
    hindered = await purchase.access()
    assert (hindered.status, hindered.reason) == (AccessStatus.ACTION_REQUIRED, "too_many_channels")
    await purchase.userbot.scan(owner)
    inside = await purchase.access()
    assert (inside.status, inside.reason) == (AccessStatus.ACTIVE, None)


async def test_repeated_join_of_the_customer_queues_one_channel_job(purchase: Purchase) -> None:
    await purchase.tend()
    before = len(purchase.memory.jobs_named(jobs.AssignChannel.name))
    await purchase.join()
    await purchase.join()
    assert len(purchase.memory.jobs_named(jobs.AssignChannel.name)) == before + 1
