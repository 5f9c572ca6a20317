"""A replaced chat: entitled customers, and no others, are invited into the new one and notified."""

from __future__ import annotations

from datetime import timedelta

import pytest

from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.way import ways_of
from subscriptions.application.dto import jobs
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import InviteReady
from subscriptions.application.resources.staff_resources import PERIOD_END
from subscriptions.application.staff.command import NothingToDo, Outcome
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus, Invite
from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.ids import ChatId, new_uuid
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.unit.application.resources.test_change_resources import IN, NEWS, OUT, TALK, Chats, chats

__all__ = ["chats"]

NEW = ChatId(-1002200000001)


async def replace(
    chats: Chats, name: str = TALK, chat_type: str = "supergroup", missing: tuple[str, ...] = ()
) -> Outcome:
    look = ChannelLook(
        title="Otra",
        is_channel=chat_type == "channel",
        is_admin=True,
        chat_type=chat_type,
        chat=NEW,
        missing_rights=missing,
    )
    async with chats.shop.units() as uow:
        await uow.resources.see_chat(look, chats.shop.clock.now())
        await uow.commit()
    return await chats.does("replace_resource", name, chat=str(NEW))


async def test_entitled_customers_are_invited_and_the_old_row_is_kept(chats: Chats) -> None:
    plan, other = await chats.plan(TALK, NEWS), await chats.plan(NEWS)
    ana, eva = await chats.buys(plan), await chats.buys(other)
    async with chats.shop.units() as uow:
        [(old, right), _] = await ways_of(uow, ana.id, plan)
        assert old is not None
        assert right is not None
        held = await uow.accesses.find(ana.id, old.id, lock=True)
        assert held is not None
        held.join(chats.shop.clock.now())
        await uow.accesses.save(held)
        await uow.commit()
    replaced = await replace(chats)
    assert (replaced.facts["count"], replaced.facts["title"]) == (1, "Otra")
    opening = OpenPlan(chats.shop.units, chats.shop.clock, chats.granting)
    for job in await chats.shop.jobs("core.open_plan"):
        await opening(jobs.OpenPlan.parse(job))
        await opening(jobs.OpenPlan.parse(job))
    now = chats.shop.clock.now()
    async with chats.shop.units() as uow:
        [(place, access), _] = await ways_of(uow, ana.id, plan)
        assert place is not None
        assert access is not None
        assert (place.channel_id, place.title, place.replaces) == (NEW, "Otra", old.id)
        assert access.status is IN
        before = await uow.channels.get(old.id)
        gone = await uow.accesses.find(ana.id, old.id)
        assert before is not None
        assert gone is not None
        assert (before.status, gone.status) == (ChannelStatus.DELETED, AccessStatus.REVOKED)
        assert await uow.accesses.find(eva.id, place.id) is None
        invite = Invite(
            id=new_uuid(),
            channel_id=place.id,
            customer_id=ana.id,
            url="https://t.me/+new",
            creator="bot",
            created_at=now,
            expires_at=now + timedelta(hours=5),
        )
        await uow.channels.save_invite(invite)
        message = await InviteReady.gather(Sources(uow=uow, policy=chats.shop.policy, now=now), invite.id)
        assert message is not None
        assert message.word == "moved"
    links = await chats.shop.jobs("bot.tend_vip_entry")
    assert links[-1]["channel_id"] == str(place.id)
    with pytest.raises(InputsRefused, match="chat_known"):
        await replace(chats)


async def test_grandfathered_customers_are_invited_too(chats: Chats) -> None:
    plan = await chats.plan(TALK, NEWS)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", TALK, opener=plan.soft_id, ends=PERIOD_END)
    await replace(chats)
    opening = OpenPlan(chats.shop.units, chats.shop.clock, chats.granting)
    for job in await chats.shop.jobs("core.open_plan"):
        await opening(jobs.OpenPlan.parse(job))
    assert await chats.rights(ana, plan) == [IN, IN]
    chats.shop.clock.advance(timedelta(days=30))
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [OUT, IN]


@pytest.mark.parametrize(
    ("name", "chat_type", "missing", "says"),
    [
        ("nothing", "supergroup", (), "nothing"),
        (PERSONAL, "channel", (), "made for each customer"),
        (VIP, "channel", (), "is the VIP channel"),
        (TALK, "channel", (), "chat_kind"),
        (TALK, "supergroup", ("remove",), "chat_lacks_remove"),
        (TALK, "private", (), "chat_private"),
    ],
)
async def test_unsuitable_replacement_is_refused(
    chats: Chats, name: str, chat_type: str, missing: tuple[str, ...], says: str
) -> None:
    with pytest.raises((InputsRefused, NothingToDo), match=says):
        await replace(chats, name, chat_type, missing)
    assert not await chats.shop.jobs("core.open_plan")
