"""Channels: posts, members, links and join requests, and the right that each action needs."""

from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.types import ChatMemberAdministrator, ChatMemberBanned, ChatMemberLeft, ChatMemberMember

from tests.sandbox.conftest import Scene, chat_id
from tests.support.plain_http import plain_http
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Person

NO_RIGHTS = {
    "sendMessage": ({"text": "x"}, "need administrator rights in the channel chat"),
    "createChatInviteLink": ({}, "not enough rights to manage chat invite link"),
    "exportChatInviteLink": ({}, "not enough rights to manage chat invite link"),
    "approveChatJoinRequest": ({"user_id": 1}, "not enough rights to manage chat join requests"),
    "banChatMember": ({"user_id": 1}, "not enough rights to restrict/unrestrict chat member"),
    "unbanChatMember": ({"user_id": 1}, "not enough rights to restrict/unrestrict chat member"),
    "pinChatMessage": ({"message_id": 1}, "not enough rights to manage pinned messages in the chat"),
    "deleteMessage": ({"message_id": 1}, "message can't be deleted"),
}


def _request(scene: Scene, channel: Channel, person: Person) -> None:
    link = scene.telegram.invites.export(scene.bot.id, channel, request=True)
    scene.telegram.joins.open(person.id, link.hash)
    scene.world.commit()


async def test_posts_can_be_sent_edited_pinned_and_deleted(scene: Scene, bot: Bot) -> None:
    channel = scene.channel({*("can_post_messages", "can_edit_messages", "can_delete_messages")}, protected=True)
    post = await bot.send_message(chat_id(channel), "Pick <b>1</b>", parse_mode="HTML")
    assert (post.chat.type, post.text, post.has_protected_content) == ("channel", "Pick 1", True)
    assert post.sender_chat is not None
    assert post.from_user is None
    await bot.edit_message_text("Post 2", chat_id=chat_id(channel), message_id=post.message_id)
    await bot.pin_chat_message(chat_id(channel), post.message_id)
    info = await bot.get_chat(chat_id(channel))
    assert (info.title, info.has_protected_content) == ("Picks", True)
    assert info.pinned_message is not None
    assert info.pinned_message.message_id == post.message_id
    await bot.unpin_all_chat_messages(chat_id(channel))
    await bot.delete_message(chat_id(channel), post.message_id)
    keyboard = {"keyboard": [["a"]]}
    assert await scene.refused("sendMessage", chat_id=chat_id(channel), text="x", reply_markup=keyboard) == (
        400,
        "Bad Request: inline keyboard expected",
    )


async def test_bot_without_rights_can_write_in_a_forum_but_not_in_a_deleted_topic(scene: Scene, bot: Bot) -> None:
    """Check that a bot without the right to post may write in a forum, in a topic or outside topics, but not in a
    deleted topic.
    """
    telegram, owner = scene.telegram, scene.owner.id
    group = telegram.channels.create(owner, "Ventas", kind="forum")
    thread = telegram.groups.open_topic(owner, group, "Altas")
    telegram.channels.edit_admin(owner, group, scene.bot.id, {"can_manage_chat"})
    scene.world.commit()
    posted = await bot.send_message(chat_id(group), "Venta", message_thread_id=thread)
    assert (posted.chat.type, posted.chat.is_forum) == ("supergroup", True)
    assert (posted.message_thread_id, posted.is_topic_message) == (thread, True)
    assert (posted.from_user is not None, posted.sender_chat) == (True, None)
    assert (await bot.send_message(chat_id(group), "Beside")).message_thread_id is None
    telegram.groups.delete_topic(owner, group, thread)
    scene.world.commit()
    gone = (400, "Bad Request: message thread not found")
    for at, where in ((group, thread), (scene.channel({"can_post_messages"}), 1)):
        assert await scene.refused("sendMessage", chat_id=chat_id(at), text="x", message_thread_id=where) == gone


async def test_bot_receives_all_group_messages_only_as_an_admin(scene: Scene, bot: Bot) -> None:
    """Check that a bot without rights receives replies and mentions, and an admin bot everything except other bots'
    messages.
    """
    telegram, owner = scene.telegram, scene.owner.id
    group = telegram.channels.create(owner, "Ayuda", kind="forum")
    telegram.channels.invite(owner, group, scene.bot.id)
    thread = telegram.groups.open_topic(owner, group, "Preguntas")
    scene.world.commit()
    asked = await bot.send_message(chat_id(group), "¿Quién ayuda?", message_thread_id=thread)
    told = {"to": str(chat_id(group))}

    async def writes(text: str, **more: int) -> None:
        async with plain_http(base_url=f"{scene.sandbox.url}/control") as client:
            answer = await client.post(f"/users/{owner}/send", json=told | {"text": text} | more)
        assert "message" in answer.json(), answer.text

    async def heard() -> list[tuple[str | None, int | None, int | None]]:
        updates = await bot.get_updates(offset=received_until[-1])
        received_until.extend(update.update_id + 1 for update in updates)
        messages = [each.message for each in updates if each.message is not None and each.message.text is not None]
        replies = [each.reply_to_message.message_id if each.reply_to_message else None for each in messages]
        return [(each.text, reply, each.message_thread_id) for each, reply in zip(messages, replies, strict=True)]

    received_until = [0]
    await writes("Hola a todos")
    await writes("Yo", reply_to=asked.message_id)
    await writes(f"/ayuda@{scene.bot.username} ya")
    await writes("/ayuda")
    assert await heard() == [
        ("Yo", asked.message_id, thread),
        (f"/ayuda@{scene.bot.username} ya", None, None),
    ]
    telegram.channels.edit_admin(owner, group, scene.bot.id, {"can_manage_chat"})
    scene.world.commit()
    await writes("Y ahora")
    assert await heard() == [("Y ahora", None, None)]
    telegram.channels.edit_admin(owner, group, scene.bot.id, set())
    scene.world.commit()
    await writes("¿Sigues?")
    assert await heard() == []
    assert (await bot.get_chat_member(chat_id(group), scene.bot.id)).status == "member"


@pytest.mark.parametrize("method", NO_RIGHTS)
async def test_method_without_the_required_right_is_refused(scene: Scene, method: str) -> None:
    channel = scene.channel({"can_manage_chat"})
    values, reason = NO_RIGHTS[method]
    user = {"user_id": scene.customer.id} if "user_id" in values else {}
    assert await scene.refused(method, chat_id=chat_id(channel), **{**values, **user}) == (
        400,
        f"Bad Request: {reason}",
    )


async def test_channel_is_inaccessible_to_a_bot_that_is_not_a_member(scene: Scene) -> None:
    channel = scene.channel()
    foreign = scene.telegram.channels.create(scene.owner.id, "Foreign")
    assert await scene.refused("getChat", chat_id=chat_id(foreign)) == (400, "Bad Request: chat not found")
    assert (await scene.call("leaveChat", chat_id=chat_id(channel))).json()["result"] is True
    for method in ("sendMessage", "createChatInviteLink", "getChat"):
        values = {"text": "x"} if method == "sendMessage" else {}
        assert await scene.refused(method, chat_id=chat_id(channel), **values) == (
            403,
            "Forbidden: bot was kicked from the channel chat",
        )


async def test_deleted_channel_is_inaccessible(scene: Scene) -> None:
    channel = scene.channel()
    scene.telegram.channels.delete(scene.owner.id, channel)
    assert await scene.refused("sendMessage", chat_id=chat_id(channel), text="x") == (
        403,
        "Forbidden: bot was kicked from the channel chat",
    )


async def test_invite_links_can_be_created_edited_and_revoked(scene: Scene, bot: Bot) -> None:
    channel = scene.channel()
    ends = scene.world.clock.timestamp() + 3600
    link = await bot.create_chat_invite_link(
        chat_id(channel), name="order 1", expire_date=ends, creates_join_request=True
    )
    assert (link.name, link.creates_join_request, link.is_primary) == ("order 1", True, False)
    assert link.expire_date is not None
    assert link.expire_date.timestamp() == ends
    edited = await bot.edit_chat_invite_link(chat_id(channel), link.invite_link, name="n", member_limit=1)
    assert (edited.invite_link, edited.name, edited.member_limit) == (link.invite_link, "n", 1)
    assert edited.expire_date is None
    assert (await bot.revoke_chat_invite_link(chat_id(channel), link.invite_link)).is_revoked
    exported = await bot.export_chat_invite_link(chat_id(channel))
    assert exported != await bot.export_chat_invite_link(chat_id(channel))
    where = {"chat_id": chat_id(channel)}
    assert await scene.refused("revokeChatInviteLink", invite_link=link.invite_link, **where) == (
        400,
        "Bad Request: INVITE_HASH_EXPIRED",
    )
    assert await scene.refused("createChatInviteLink", expire_date=5, **where) == (
        400,
        "Bad Request: EXPIRE_DATE_INVALID",
    )
    theirs = scene.telegram.invites.export(scene.owner.id, channel)
    assert await scene.refused("revokeChatInviteLink", invite_link=theirs.url, **where) == (
        400,
        "Bad Request: not enough rights to manage chat invite link",
    )


async def test_join_requests_are_approved_or_declined(scene: Scene, bot: Bot) -> None:
    channel = scene.channel()
    await bot.get_updates(allowed_updates=["chat_join_request", "chat_member"])
    _request(scene, channel, scene.customer)
    _request(scene, channel, scene.stranger)
    first, second = await bot.get_updates()
    assert first.chat_join_request is not None
    assert first.chat_join_request.from_user.id == scene.customer.id
    assert first.chat_join_request.invite_link is not None
    assert second.chat_join_request is not None
    assert await bot.approve_chat_join_request(chat_id(channel), scene.customer.id)
    assert await bot.decline_chat_join_request(chat_id(channel), scene.stranger.id)
    assert await bot.get_chat_member_count(chat_id(channel)) == 3
    (joined,) = await bot.get_updates(offset=second.update_id + 1)
    assert joined.chat_member is not None
    assert joined.chat_member.via_join_request is True
    where = {"chat_id": chat_id(channel)}
    assert await scene.refused("approveChatJoinRequest", user_id=scene.customer.id, **where) == (
        400,
        "Bad Request: USER_ALREADY_PARTICIPANT",
    )
    for method in ("approveChatJoinRequest", "declineChatJoinRequest"):
        assert await scene.refused(method, user_id=scene.stranger.id, **where) == (
            400,
            "Bad Request: HIDE_REQUESTER_MISSING",
        )


async def test_bot_may_write_to_join_requester_for_five_minutes(scene: Scene, bot: Bot) -> None:
    _request(scene, scene.channel(), scene.stranger)
    assert (await bot.send_message(scene.stranger.id, "wait a moment")).text == "wait a moment"
    await scene.world.advance(timedelta(minutes=6))
    assert await scene.refused("sendMessage", chat_id=scene.stranger.id, text="x") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


async def test_bans_can_be_set_and_lifted(scene: Scene, bot: Bot) -> None:
    channel = scene.channel()
    scene.join(channel, scene.customer)
    where = chat_id(channel)
    assert isinstance(await bot.get_chat_member(where, scene.customer.id), ChatMemberMember)
    assert await bot.ban_chat_member(where, scene.customer.id)
    assert isinstance(await bot.get_chat_member(where, scene.customer.id), ChatMemberBanned)
    assert await bot.unban_chat_member(where, scene.customer.id, only_if_banned=True)
    assert isinstance(await bot.get_chat_member(where, scene.customer.id), ChatMemberLeft)
    until = scene.world.clock.now() + timedelta(days=1)
    assert await bot.ban_chat_member(where, scene.customer.id, until_date=until)
    await scene.world.advance(timedelta(days=2))
    assert isinstance(await bot.get_chat_member(where, scene.customer.id), ChatMemberLeft)


async def test_owner_admins_and_unknown_users_cannot_be_banned(scene: Scene) -> None:
    channel = scene.channel()
    scene.join(channel, scene.customer)
    scene.telegram.channels.edit_admin(scene.owner.id, channel, scene.customer.id, {"can_post_messages"})
    reasons = {
        scene.owner.id: "can't remove chat owner",
        scene.bot.id: "can't restrict self",
        scene.customer.id: "user is an administrator of the chat",
        12345: "PARTICIPANT_ID_INVALID",
    }
    for user_id, reason in reasons.items():
        assert await scene.refused("banChatMember", chat_id=chat_id(channel), user_id=user_id) == (
            400,
            f"Bad Request: {reason}",
        )


async def test_administrators_are_listed(scene: Scene, bot: Bot) -> None:
    channel = scene.channel()
    other = scene.telegram.people.add_bot("sender_bot", "Sender")
    scene.telegram.channels.edit_admin(scene.owner.id, channel, other.id, {"can_post_messages"})
    admins = await bot.get_chat_administrators(chat_id(channel))
    assert [admin.user.id for admin in admins] == [scene.owner.id, scene.bot.id]
    assert isinstance(admins[1], ChatMemberAdministrator)
    assert (admins[1].can_invite_users, admins[1].can_edit_messages) == (True, False)
    assert len(await bot.get_chat_administrators(chat_id(channel), return_bots=True)) == 3
