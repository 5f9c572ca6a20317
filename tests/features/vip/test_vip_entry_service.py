"""The six operations of the entry steps, called as in the operator's own code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.vip_entry import token_digest
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater, UmbralError
from subscriptions.domain.ids import identifiers_from
from tests.fakes.shop import POLICY
from tests.support.vip import VipShop, the_operators_own_verification


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


async def test_verification_specified_by_the_operator_succeeds(vip: VipShop):
    await the_operators_own_verification(vip.entry, (await vip.vip()).telegram_id)


async def test_service_gives_an_unknown_account_no_entry_step_link_or_token(vip: VipShop):
    assert await vip.entry.get_current_stage(1) is None
    assert not await vip.entry.advance_stage(1, 1)
    assert await vip.entry.create_24h_invite_link(1) is None
    await vip.entry.cancel_entry_on_expiry(1)
    with pytest.raises(RuntimeError, match="Subscriber not found"):
        await vip.entry.generate_entry_token(1)


async def test_steps_are_taken_in_order_and_none_can_be_skipped(vip: VipShop):
    who = (await vip.vip()).telegram_id
    assert await vip.entry.get_current_stage(who) == 1
    for wrong in (0, 2, 3, 4, -1):
        assert not await vip.entry.advance_stage(who, wrong)
    assert await vip.entry.advance_stage(who, 1)
    assert not await vip.entry.advance_stage(who, 1)
    assert await vip.entry.advance_stage(who, 2)
    assert not await vip.entry.advance_stage(who, 3)
    assert await vip.entry.get_current_stage(who) == 3


async def test_step_three_creates_the_entry_token(vip: VipShop):
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    entry = await vip.entry_of(person)
    assert entry is not None
    assert entry.vip_entry_token is None
    await vip.entry.advance_stage(person.telegram_id, 2)
    entry = await vip.entry_of(person)
    assert entry is not None
    assert entry.vip_entry_token is not None
    token = await vip.entry.generate_entry_token(person.telegram_id)
    kept = await vip.entry_of(person)
    assert kept is not None
    assert kept.vip_entry_token is not None
    assert await vip.entry.is_entry_token_valid(token)
    # The stored token opens nothing.
    for other in ("x" * 64, entry.vip_entry_token, kept.vip_entry_token):
        assert not await vip.entry.is_entry_token_valid(other)


async def test_entry_token_is_valid_in_step_three_only(vip: VipShop):
    person = await vip.vip()
    token = await vip.entry.generate_entry_token(person.telegram_id)
    assert await vip.entry.get_current_stage(person.telegram_id) == 1
    assert not await vip.entry.is_entry_token_valid(token)


async def test_entry_step_is_accepted_while_the_renewal_is_being_charged(vip: VipShop):
    person = await vip.vip()
    async with vip.shop.units() as uow:
        (subscription,) = await uow.subscriptions.of_customer(person.id)
        assert subscription.access_until is not None
        subscription.provider, subscription.provider_ref = "acme", "sub-1"
        subscription.current_period_start = subscription.access_until
        subscription.current_period_end = subscription.access_until + timedelta(days=30)
        subscription.charging_since = subscription.access_until
        await uow.subscriptions.save(subscription)
        await uow.commit()
    vip.shop.clock.advance(timedelta(days=33))
    assert await vip.entry.advance_stage(person.telegram_id, 1)


async def test_entry_step_is_refused_after_access_ended(vip: VipShop):
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    vip.shop.clock.advance(timedelta(days=30))
    assert not await vip.entry.advance_stage(person.telegram_id, 2)


async def test_joining_completes_the_entry_steps_and_revokes_the_token(vip: VipShop):
    person = await vip.vip()
    url = await vip.through(person)
    token = await vip.entry.generate_entry_token(person.telegram_id)
    before = await vip.entry_of(person)
    assert before is not None
    assert before.vip_entry_token is not None
    assert before.invite_link_sent_at == vip.shop.clock.now()
    assert await vip.ask(person, url)
    after = await vip.entry_of(person)
    assert after is not None
    assert (after.vip_entry_stage, after.vip_entry_token) == (None, None)
    assert not await vip.entry.is_entry_token_valid(token)
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE
    assert (await vip.shop.jobs("bot.tend_vip_entry"))[-1]["upkeep"]
    await vip.work()
    assert vip.telegram.live_links(vip.channel) == []


async def test_link_is_valid_for_a_day_and_named_after_the_customer(vip: VipShop):
    person = await vip.vip()
    await vip.through(person)
    link = await vip.entry.create_24h_invite_link(person.telegram_id)
    assert link is not None
    assert link.expire_date == vip.shop.clock.now() + timedelta(hours=24)
    assert len(vip.maker.names) == 1
    assert vip.maker.names[0].startswith(f"{person.telegram_id}-")


async def test_invite_link_without_entry_steps_is_valid_for_five_hours():
    vip = await VipShop.open(policy=replace(POLICY, vip_ritual=False))
    person = await vip.vip()
    assert await vip.entry.get_current_stage(person.telegram_id) is None
    link = await vip.entry.create_24h_invite_link(person.telegram_id)
    assert link is not None
    assert link.expire_date == vip.shop.clock.now() + timedelta(hours=5)
    assert await vip.ask(person, link.invite_link)


async def test_expired_link_is_revoked_and_replaced(vip: VipShop):
    person = await vip.vip()
    first = await vip.through(person)
    vip.shop.clock.advance(timedelta(hours=24, seconds=1))
    assert not await vip.ask(person, first)
    link = await vip.entry.create_24h_invite_link(person.telegram_id)
    assert link is not None
    assert link.invite_link != first
    assert [item.url for item in await vip.live_links(person)] == [link.invite_link]
    assert await vip.ask(person, link.invite_link)


@pytest.mark.parametrize("refusal", [RetryLater("flood"), Ambiguous("lost"), Permanent("no rights")])
async def test_link_refused_by_telegram_is_retried(vip: VipShop, refusal: UmbralError):
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    vip.maker.errors.append(refusal)
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    await vip.work()
    assert len(await vip.live_links(person)) == 1
    assert len(await vip.shop.notified("vip_entry")) == 1


async def test_missing_link_of_a_completed_step_is_created_automatically(vip: VipShop):
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    await vip.work()
    assert await vip.live_links(person) == []
    await vip.pass_time(timedelta(minutes=2))
    assert len(await vip.live_links(person)) == 1
    assert len(await vip.shop.notified("vip_entry")) == 1


async def test_no_link_is_created_without_a_channel(vip: VipShop):
    unready = await VipShop.open(channel=False)
    person = await unready.shop.customer()
    assert await unready.entry.create_24h_invite_link(person.telegram_id) is None


async def test_cancel_entry_on_expiry_keeps_a_customer_in_step_three(vip: VipShop):
    person = await vip.vip()
    await vip.through(person)
    await vip.entry.cancel_entry_on_expiry(person.telegram_id)
    assert await vip.entry.get_current_stage(person.telegram_id) == 3


async def test_cancel_entry_on_expiry_removes_a_member(vip: VipShop):
    person = await vip.vip()
    vip.channel.members.add(person.telegram_id)
    await vip.entry.cancel_entry_on_expiry(person.telegram_id)
    await vip.work()
    assert person.telegram_id not in vip.channel.members
    assert person.telegram_id not in vip.channel.banned
    assert (await vip.access_of(person)).status is AccessStatus.REVOKED


async def test_token_generation_gives_up_after_ten_duplicates(vip: VipShop):
    first, second = await vip.vip(), await vip.vip(await vip.plan("Otro"))
    drawn: list[int] = []

    def always_the_same(count: int) -> bytes:
        drawn.append(count)
        return b"7" * count

    with identifiers_from(always_the_same):
        token = await vip.entry.generate_entry_token(first.telegram_id)
        drawn.clear()
        with pytest.raises(RuntimeError, match="Could not generate unique entry token"):
            await vip.entry.generate_entry_token(second.telegram_id)
    assert drawn == [48] * 10
    entries = [await vip.entry_of(person) for person in (first, second)]
    assert [entry.vip_entry_token for entry in entries if entry is not None] == [token_digest(token), None]


async def test_logs_of_tokens_and_links_name_the_step_but_no_secret(
    vip: VipShop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
):
    who = (await vip.vip()).telegram_id
    await vip.entry.advance_stage(who, 1)
    await vip.entry.advance_stage(who, 2)
    token = await vip.entry.generate_entry_token(who)
    link = await vip.entry.create_24h_invite_link(who)
    said = capsys.readouterr().out + caplog.text
    assert f"✅ Entry token generated for user {who} | Stage=3 | Token={token[:4]}…" in said
    assert said.count("Entry token generated") == 2
    assert f"✅ 24h invite link created for user {who} | Stage=3 | Link=" in said
    assert link is not None
    assert token not in said
    assert link.invite_link not in said
