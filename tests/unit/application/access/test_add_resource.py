"""A chat of the operator's becomes a resource; what cannot be one is refused with what to do about it."""

from __future__ import annotations

import pytest

from subscriptions.application.access.add_resource import AddResource, ListResources
from subscriptions.domain.entities.channel import ChannelKind
from subscriptions.domain.entities.resource import EntryPolicy
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.shop import Shop

CHAT = ChatId(-1002200000001)


def look(
    chat_type: str, *, is_admin: bool = True, missing: tuple[str, ...] = (), members_invite: bool = False
) -> ChannelLook:
    return ChannelLook(
        title="Tertulia",
        is_channel=chat_type == "channel",
        is_admin=is_admin,
        chat_type=chat_type,
        chat=CHAT,
        missing=missing,
        members_invite=members_invite,
    )


def desk(shop: Shop, *looks: ChannelLook) -> AddResource:
    maker = MemoryInviteMaker(MemoryTelegram(shop.clock))
    maker.looks |= {each.chat: each for each in looks if each.chat is not None}
    return AddResource(shop.units, maker, shop.clock)


@pytest.mark.parametrize(("chat_type", "kind"), [("channel", ChannelKind.SHARED), ("supergroup", ChannelKind.GROUP)])
async def test_a_chat_of_the_operators_is_what_plans_can_open(shop: Shop, chat_type: str, kind: ChannelKind):
    made = await desk(shop, look(chat_type))(str(CHAT), None, actor="cli")
    async with shop.units() as uow:
        place = await uow.resources.place(made.id)
    assert place is not None
    assert (made.soft_id, place.kind, place.channel_id) == ("tertulia", kind, CHAT)
    await shop.plan(soft_id="todo", opens=("tertulia", "personal"))
    views = {each.soft_id: each for each in await ListResources(shop.units)()}
    assert (views["tertulia"].chat, views["tertulia"].plans) == (CHAT, ("todo",))


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ((), "the bot sees no chat"),
        ((look("private"),), "is a private chat"),
        ((look("group"),), "is a basic group"),
        ((look("supergroup", is_admin=False),), "is no administrator"),
        ((look("channel", missing=("invite", "post")),), "invite users, post messages"),
        ((look("supergroup", members_invite=True),), "may add others"),
    ],
)
async def test_what_cannot_be_one_is_refused(shop: Shop, seen: tuple[ChannelLook, ...], says: str):
    with pytest.raises(InvalidInput, match=says) as refused:
        await desk(shop, *seen)(CHAT, None, actor="cli")
    assert refused.value.field == "chat"


async def test_the_same_chat_and_the_same_name_are_refused(shop: Shop):
    await desk(shop, look("channel"))(CHAT, None, actor="cli")
    with pytest.raises(InvalidInput, match="is the resource tertulia already"):
        await desk(shop, look("channel"))(CHAT, "other", actor="cli")
    elsewhere = ChannelLook(title="x", is_channel=True, is_admin=True, chat_type="channel", chat=ChatId(-1009))
    with pytest.raises(InvalidInput, match="tertulia is another resource") as refused:
        await desk(shop, elsewhere)(ChatId(-1009), "tertulia", actor="cli")
    assert refused.value.field == "name"


async def test_the_ritual_has_one_channel_and_no_group(shop: Shop) -> None:
    for chat_type, says in (("channel", "VIP_CHANNEL_ID names its channel"), ("supergroup", "leads into a channel")):
        with pytest.raises(InvalidInput, match=says) as refused:
            await desk(shop, look(chat_type))(CHAT, None, EntryPolicy.RITUAL, actor="umbral resources add")
        assert refused.value.field == "entry"
