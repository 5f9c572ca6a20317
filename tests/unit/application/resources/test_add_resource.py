"""Chats that the operator adds as resources of plans; unsuitable chats are refused with instructions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from subscriptions.application.access.chat_check import ChatUnfit
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.application.staff.actor import SHELL, Program
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.bootstrap.resource_desk import ResourceDesk
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.channel import ChannelKind
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import VIP
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes.invite_maker import MemoryInviteMaker
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.support.vip import needs_steps

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
        missing_rights=missing,
        members_invite=members_invite,
        username="tertulia_es",
    )


class Bot:
    """Bot in a chat in which its rights change."""

    def __init__(self, shop: Shop) -> None:
        self._maker = MemoryInviteMaker(MemoryTelegram(shop.clock))
        self._note = NoteChat(shop.units, self._maker, shop.clock)

    async def sees(self, *looks: ChannelLook) -> None:
        self._maker.looks = {each.chat: each for each in looks if each.chat is not None}
        await self._note(CHAT)


async def refused(shop: Shop, **answers: object) -> Wrong:
    """Return the refusal after asserting that no resource was added."""
    async with shop.units() as uow:
        before = len(await uow.resources.all())
    with pytest.raises(InputsRefused) as why:
        await Staff(shop)(SHELL, "add_resource", "", **({"chat": CHAT} | answers))
    async with shop.units() as uow:
        assert len(await uow.resources.all()) == before
    ((field, wrong),) = why.value.errors.items()
    wrong.question = field
    return wrong


@pytest.mark.parametrize(
    ("chat_type", "kind"),
    [("channel", ChannelKind.SHARED), ("supergroup", ChannelKind.GROUP), ("group", ChannelKind.GROUP)],
)
@pytest.mark.parametrize("named", [str(CHAT), "@Tertulia_ES"])
async def test_chat_added_by_the_operator_becomes_a_resource(
    shop: Shop, chat_type: str, kind: ChannelKind, named: str
) -> None:
    await Bot(shop).sees(look(chat_type))
    program = Program("crm", frozenset({Ability.CHANGE_OFFER}))

    outcome = await Staff(shop)(program, "add_resource", "", chat=named)
    assert outcome.facts == {"title": "Tertulia", "resource": "tertulia"}
    async with shop.units() as uow:
        made = await uow.resources.by_soft_id("tertulia")
        channel = await uow.resources.channel(made.id) if made is not None else None
        assert await uow.resources.seen_chats(9) == []
    assert channel is not None
    assert (channel.kind, channel.channel_id) == (kind, CHAT)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ((), "chat_unseen"),
        ((look("private"),), "chat_private"),
        ((look("supergroup", is_admin=False),), "chat_not_admin"),
        ((look("channel", missing=("invite", "post")),), "chat_lacks_invite"),
        ((look("channel", missing=("post",)),), "chat_lacks_post"),
        ((look("supergroup", missing=("remove",)),), "chat_lacks_remove"),
        ((look("supergroup", members_invite=True),), "chat_members_invite"),
    ],
)
async def test_unsuitable_chat_is_refused(shop: Shop, seen: tuple[ChannelLook, ...], why: str) -> None:
    await Bot(shop).sees(*seen)
    wrong = await refused(shop)
    assert (wrong.key, wrong.question) == (why, "chat")


async def test_chat_is_refused_after_the_bot_was_removed(shop: Shop) -> None:
    bot = Bot(shop)
    await bot.sees(look("channel"))
    await bot.sees()
    assert (await refused(shop)).key == "chat_not_admin"
    await bot.sees(look("channel"))
    assert (await Staff(shop)(SHELL, "add_resource", "", chat=CHAT)).name == "added"


async def test_duplicate_chat_and_duplicate_slug_are_refused(shop: Shop) -> None:
    await Bot(shop).sees(look("channel"))
    await Staff(shop)(SHELL, "add_resource", "", chat=CHAT)
    wrong = await refused(shop, soft_id="other")
    assert (wrong.key, wrong.question) == ("chat_known", "chat")
    assert wrong.facts == {"title": "Tertulia", "what": "the resource tertulia already"}
    elsewhere = ChannelLook(title="x", is_channel=True, is_admin=True, chat_type="channel", chat=ChatId(-1009))
    async with shop.units() as uow:
        await uow.resources.see_chat(elsewhere, shop.clock.now())
        await uow.commit()
    wrong = await refused(shop, chat=-1009, soft_id="tertulia")
    assert (wrong.key, wrong.question) == ("soft_id_taken", "soft_id")


@pytest.mark.parametrize(
    ("title", "slug"), [("VIP", "vip-2"), ("🔥🔥", "chat"), ("x" * 60, "x" * 40), ("Personal", "personal-2")]
)
async def test_slug_derived_from_a_title_is_one_that_no_resource_has(shop: Shop, title: str, slug: str) -> None:
    await Bot(shop).sees(replace(look("channel"), title=title))
    assert (await Staff(shop)(SHELL, "add_resource", "", chat=CHAT)).facts["resource"] == slug


@pytest.mark.parametrize("typed", ["", "tertulia", "https://t.me/tertulia", "1" * 19, "@x", "@tertulia\n"])
async def test_text_that_identifies_no_known_chat_is_refused(shop: Shop, typed: str) -> None:
    wrong = await refused(shop, chat=typed)
    assert (wrong.key, wrong.question) in {("chat_named", "chat"), ("chat_unseen", "chat")}


@needs_steps
async def test_entry_steps_are_available_for_channels_only(shop: Shop) -> None:
    await Bot(shop).sees(look("supergroup"))
    wrong = await refused(shop, entry="ritual")
    assert (wrong.key, wrong.question) == ("ritual_group", "entry")
    await Bot(shop).sees(look("channel"))
    assert (await Staff(shop)(SHELL, "add_resource", "", chat=CHAT, entry="ritual")).name == "added"
    async with shop.units() as uow:
        resource, vip = await uow.resources.by_soft_id("tertulia"), await uow.resources.by_soft_id(VIP)
        assert resource is not None
        assert vip is not None
        channel = await uow.resources.channel(resource.id)
    assert (resource.has_ritual, vip.has_ritual) == (True, True)
    assert channel is not None
    assert channel.kind is ChannelKind.SHARED


async def test_shell_command_checks_a_chat_before_adding_the_chat(shop: Shop) -> None:
    maker = MemoryInviteMaker(MemoryTelegram(shop.clock))
    maker.looks = {CHAT: look("channel")}
    parts = shop.units, maker, shop.clock
    desk = ResourceDesk(NoteChat(*parts), Staff(shop).run)
    with pytest.raises(ChatUnfit):
        await desk.add("-5", None)
    assert await desk.add(str(CHAT), "charla") == "charla"


async def test_support_cannot_add_a_chat(shop: Shop) -> None:
    await shop.customer(telegram_id=9, staff_role=StaffRole.SUPPORT)
    await Bot(shop).sees(look("channel"))
    with pytest.raises(NotAllowed):
        await Staff(shop)(TelegramId(9), "add_resource", "", chat=CHAT)
