"""Groups, forums and basic groups by plain HTTP: a bot's actions, updates and refusals there."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http


class Crowd:
    """The scene with a group or channel of its owner, driven only through the control interface and the Bot API."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.chat = 0
        self._offset = 0

    async def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Make a successful call of the control interface."""
        async with plain_http(base_url=f"{self.scene.sandbox.url}/control") as http:
            answer = await http.request(method, path, json=body or None)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def make(self, kind: str, bots: Iterable[str] = ("shop_bot",)) -> int:
        """Create a chat of this kind and discard its first updates."""
        owner = self.scene.owner.id
        made = await self.control("POST", "/chats", kind=kind, title="VIP", owner=owner, bots=list(bots))
        self.chat = int(made["id"])
        return self.chat

    async def call(self, method: str, **values: Any) -> Any:
        """Make a successful Bot API call in the chat."""
        answer = (await self.scene.call(method, **{"chat_id": self.chat, **values})).json()
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **values: Any) -> tuple[int, str]:
        """Make a refused Bot API call in the chat, and return code and text."""
        return await self.scene.refused(method, **{"chat_id": self.chat, **values})

    async def updates(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the bot's unread updates: kind and content."""
        kinds = ["message", "edited_message", "channel_post", "my_chat_member", "chat_member", "chat_join_request"]
        answer = await self.scene.call("getUpdates", offset=self._offset, allowed_updates=kinds)
        found = answer.json()["result"]
        self._offset = max((each["update_id"] + 1 for each in found), default=self._offset)
        return [next((kind, each[kind]) for kind in kinds if kind in each) for each in found]

    async def enter(self, person: int, **link: Any) -> str:
        """Let a person open a new invite link of the bot, and return the result that the control interface reports."""
        url = (await self.call("createChatInviteLink", **link))["invite_link"]
        return str((await self.control("POST", f"/users/{person}/open", url=url))["result"])

    async def write(self, person: int, text: str, **more: Any) -> dict[str, Any]:
        """Let a person write in the chat."""
        return await self.control("POST", f"/users/{person}/send", to=str(self.chat), text=text, **more)


@pytest.fixture
async def crowd(scene: Scene) -> Crowd:
    made = Crowd(scene)
    await made.updates()
    return made


@pytest.mark.parametrize(
    ("kind", "prefix", "bot_api"),
    [
        ("channel", "-100", {"type": "channel"}),
        ("group", "-100", {"type": "supergroup"}),
        ("forum", "-100", {"type": "supergroup", "is_forum": True}),
        ("basic_group", "-5", {"type": "group"}),
    ],
)
async def test_bot_gets_kind_and_admin_rights_of_a_new_chat_of_each_kind(
    crowd: Crowd, kind: str, prefix: str, bot_api: dict[str, Any]
) -> None:
    chat = await crowd.make(kind)
    assert str(chat).startswith(prefix)
    info = await crowd.call("getChat")
    assert {"id": chat, "title": "VIP", **bot_api}.items() <= info.items()
    assert ("permissions" in info) == (kind != "channel")
    owner, bot = await crowd.call("getChatAdministrators")
    assert (owner["status"], owner["user"]["id"], owner["is_anonymous"]) == ("creator", crowd.scene.owner.id, False)
    rights = {name for name, value in bot.items() if name.startswith("can_") and value and name != "can_be_edited"}
    (shown,) = [each for each in (await crowd.control("GET", "/channels"))["channels"] if each["id"] == chat]
    assert (shown["kind"], set(shown["admins"][0]["rights"])) == (kind, rights)
    assert {"can_restrict_members", "can_invite_users", "can_delete_messages"} <= rights
    assert ("can_post_messages" in rights, "can_pin_messages" in rights) == (kind == "channel", kind != "channel")
    assert ("can_manage_topics" in rights) == (kind == "forum")
    assert await crowd.call("getChatMemberCount") == 2
    standing = [told["new_chat_member"]["status"] for name, told in await crowd.updates() if name == "my_chat_member"]
    assert standing == (["administrator"] if kind == "channel" else ["member", "administrator"])


async def test_bot_receives_member_updates_and_service_messages_for_joins_and_leaves(crowd: Crowd) -> None:
    await crowd.make("group")
    await crowd.updates()
    ana = crowd.scene.customer.id
    assert await crowd.enter(ana, name="order 1") == "joined"
    (changed, told), (line, message) = await crowd.updates()
    assert (changed, line) == ("chat_member", "message")
    assert (told["old_chat_member"]["status"], told["new_chat_member"]["status"]) == ("left", "member")
    assert told["invite_link"]["name"] == "order 1"
    assert ([each["id"] for each in message["new_chat_members"]], message["from"]["id"]) == ([ana], ana)
    await crowd.control("POST", f"/users/{ana}/leave", channel_id=crowd.chat)
    (_, told), (_, message) = await crowd.updates()
    assert told["new_chat_member"]["status"] == "left"
    assert message["left_chat_member"]["id"] == ana


async def test_join_request_is_approved_by_the_bot(crowd: Crowd) -> None:
    await crowd.make("forum")
    await crowd.updates()
    ana = crowd.scene.customer.id
    assert await crowd.enter(ana, creates_join_request=True) == "requested"
    assert [kind for kind, _ in await crowd.updates()] == ["chat_join_request"]
    assert await crowd.call("approveChatJoinRequest", user_id=ana)
    (_, told), (_, message) = await crowd.updates()
    assert told["via_join_request"] is True
    assert message["new_chat_members"][0]["id"] == ana


async def test_member_is_banned_and_unbanned(crowd: Crowd) -> None:
    await crowd.make("group")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    assert await crowd.call("unbanChatMember", user_id=ana, only_if_banned=True)
    assert (await crowd.call("getChatMember", user_id=ana))["status"] == "member"
    assert await crowd.call("banChatMember", user_id=ana)
    (_, told), (_, message) = await crowd.updates()
    assert told["new_chat_member"]["status"] == "kicked"
    assert (message["left_chat_member"]["id"], message["from"]["id"]) == (ana, crowd.scene.bot.id)
    assert await crowd.enter(ana) == "refused"
    assert await crowd.call("unbanChatMember", user_id=ana, only_if_banned=True)
    assert (await crowd.call("getChatMember", user_id=ana))["status"] == "left"
    assert await crowd.enter(ana) == "joined"
    assert await crowd.refused("banChatMember", user_id=crowd.scene.owner.id) == (
        400,
        "Bad Request: can't remove chat owner",
    )


async def test_restricted_member_can_send_only_permitted_messages_until_the_restriction_ends(crowd: Crowd) -> None:
    await crowd.make("group")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    silent: dict[str, Any] = {"permissions": {}}
    assert await crowd.call("restrictChatMember", user_id=ana, **silent)
    ((_, told),) = await crowd.updates()
    assert told["new_chat_member"]["status"] == "restricted"
    shown = await crowd.call("getChatMember", user_id=ana)
    assert (shown["is_member"], shown["can_send_messages"], shown["until_date"]) == (True, False, 0)
    assert (await crowd.write(ana, "Hola"))["refused"].startswith("CHAT_SEND_PLAIN_FORBIDDEN")
    until = crowd.scene.world.clock.timestamp() + 3600
    texts = {"can_send_messages": True}
    assert await crowd.call("restrictChatMember", user_id=ana, permissions=texts, until_date=until)
    assert "message" in await crowd.write(ana, "Hola")
    assert (await crowd.write(ana, "", kind="photo"))["refused"].startswith("CHAT_SEND_PHOTOS_FORBIDDEN")
    await crowd.scene.world.advance(timedelta(hours=2))
    assert (await crowd.call("getChatMember", user_id=ana))["status"] == "member"
    assert "message" in await crowd.write(ana, "", kind="photo")
    assert await crowd.call("restrictChatMember", user_id=crowd.scene.stranger.id, **silent)
    outside = await crowd.call("getChatMember", user_id=crowd.scene.stranger.id)
    assert (outside["status"], outside["is_member"]) == ("restricted", False)


@pytest.mark.parametrize(
    ("kind", "method", "values", "reason"),
    [
        ("channel", "restrictChatMember", {"permissions": {}}, "method is available only for supergroups"),
        ("basic_group", "restrictChatMember", {"permissions": {}}, "method is available only for supergroups"),
        ("basic_group", "unbanChatMember", {}, "method is available for supergroup and channel chats only"),
        ("group", "createForumTopic", {"name": "Altas"}, "the chat is not a forum"),
        ("forum", "createForumTopic", {"name": "x", "icon_color": 5}, "invalid icon color specified"),
        ("forum", "deleteForumTopic", {"message_thread_id": 99}, "TOPIC_ID_INVALID"),
        ("group", "restrictChatMember", {}, 'can\'t find field "permissions"'),
        ("group", "restrictChatMember", {"permissions": {"can_fly": True}}, 'unknown field "can_fly" in "permissions"'),
    ],
)
async def test_unsupported_and_invalid_group_calls_are_refused(
    crowd: Crowd, kind: str, method: str, values: dict[str, Any], reason: str
) -> None:
    await crowd.make(kind)
    person = {} if "Topic" in method else {"user_id": crowd.scene.customer.id}
    assert await crowd.refused(method, **person, **values) == (400, f"Bad Request: {reason}")


async def test_bot_without_rights_in_a_group_is_refused(crowd: Crowd) -> None:
    await crowd.make("forum")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    theirs = (await crowd.write(ana, "Hola"))["message"]["id"]
    await crowd.control("POST", f"/channels/{crowd.chat}/demote", id=crowd.scene.bot.id)
    assert (await crowd.call("getChatMember", user_id=crowd.scene.bot.id))["status"] == "member"
    assert (await crowd.call("sendMessage", text="I may write"))["chat"]["id"] == crowd.chat
    for method, values, reason in [
        ("restrictChatMember", {"user_id": ana, "permissions": {}}, "restrict/unrestrict chat member"),
        ("banChatMember", {"user_id": ana}, "restrict/unrestrict chat member"),
        ("createForumTopic", {"name": "Altas"}, "create a topic"),
        ("createChatInviteLink", {}, "manage chat invite link"),
        ("pinChatMessage", {"message_id": theirs}, "manage pinned messages in the chat"),
        ("setChatPermissions", {"permissions": {}}, "change chat permissions"),
    ]:
        assert await crowd.refused(method, **values) == (400, f"Bad Request: not enough rights to {reason}")
    assert await crowd.refused("deleteMessage", message_id=theirs) == (400, "Bad Request: message can't be deleted")
    assert await crowd.refused("editMessageText", message_id=theirs, text="x") == (
        400,
        "Bad Request: message can't be edited",
    )


async def test_topics_are_created_renamed_closed_and_deleted(crowd: Crowd) -> None:
    await crowd.make("forum")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    topic = await crowd.call("createForumTopic", name="Altas")
    thread = topic["message_thread_id"]
    assert topic == {"message_thread_id": thread, "name": "Altas", "icon_color": 7322096}
    posted = await crowd.call("sendMessage", text="1", message_thread_id=thread)
    assert (posted["message_thread_id"], posted["is_topic_message"]) == (thread, True)
    assert await crowd.call("editForumTopic", message_thread_id=thread, name="Bajas")
    assert await crowd.call("closeForumTopic", message_thread_id=thread)
    refused = await crowd.write(ana, "¿?", reply_to=posted["message_id"])
    assert refused["refused"].startswith("TOPIC_CLOSED")
    assert await crowd.call("reopenForumTopic", message_thread_id=thread)
    assert await crowd.refused("reopenForumTopic", message_thread_id=thread) == (400, "Bad Request: TOPIC_NOT_MODIFIED")
    assert "message" in await crowd.write(ana, "¿?", reply_to=posted["message_id"])
    lines = [set(told) for kind, told in await crowd.updates() if kind == "message"]
    for name in ("forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"):
        assert any(name in line for line in lines), name
    assert (await crowd.control("GET", f"/channels/{crowd.chat}"))["topics"] == {str(thread): "Bajas"}
    assert await crowd.call("deleteForumTopic", message_thread_id=thread)
    assert await crowd.refused("sendMessage", text="x", message_thread_id=thread) == (
        400,
        "Bad Request: message thread not found",
    )


async def test_basic_group_becomes_a_supergroup(crowd: Crowd) -> None:
    old = await crowd.make("basic_group")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    new = (await crowd.control("POST", f"/channels/{old}/upgrade"))["id"]
    assert str(new).startswith("-100")
    (_, last), (_, first) = await crowd.updates()
    assert (last["chat"]["id"], last["chat"]["type"], last["migrate_to_chat_id"]) == (old, "group", new)
    assert (first["chat"]["id"], first["chat"]["type"], first["migrate_from_chat_id"]) == (new, "supergroup", old)
    for method, values in (("sendMessage", {"text": "x"}), ("getChat", {}), ("banChatMember", {"user_id": ana})):
        answer = await crowd.scene.call(method, chat_id=old, **values)
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "ok": False,
                "error_code": 400,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": new},
            },
        )
    crowd.chat = new
    assert (await crowd.call("getChatMember", user_id=ana))["status"] == "member"
    assert (await crowd.call("getChatMember", user_id=crowd.scene.bot.id))["status"] == "administrator"
    assert [each["id"] for each in (await crowd.control("GET", "/channels"))["channels"]] == [new]
    again = await crowd.control("POST", f"/channels/{new}/upgrade")
    assert again["refused"].startswith("CHAT_ID_INVALID")


async def test_bot_that_is_not_a_member_is_refused(crowd: Crowd) -> None:
    for kind, name in (("group", "supergroup"), ("basic_group", "group")):
        await crowd.make(kind)
        await crowd.call("leaveChat")
        assert await crowd.refused("getChat") == (403, f"Forbidden: bot is not a member of the {name} chat")
    await crowd.make("group")
    owner, bot = crowd.scene.owner.id, crowd.scene.bot.id
    assert (await crowd.control("POST", f"/users/{owner}/ban", channel_id=crowd.chat, person=bot))["ok"]
    assert await crowd.refused("sendMessage", text="x") == (403, "Forbidden: bot was kicked from the supergroup chat")
    await crowd.make("group", bots=())
    assert await crowd.refused("getChat") == (400, "Bad Request: chat not found")


async def test_anonymous_admins_write_as_the_group(crowd: Crowd) -> None:
    await crowd.make("group")
    owner = crowd.scene.owner.id
    changed = await crowd.control(
        "POST", f"/users/{owner}/set_admin", channel_id=crowd.chat, admin=owner, rights=[], anonymous=True
    )
    assert changed["ok"]
    assert (await crowd.call("getChatMember", user_id=owner))["is_anonymous"] is True
    await crowd.updates()
    written = await crowd.write(owner, "Normas")
    assert written["message"]["from"] == {"id": crowd.chat, "name": "VIP", "is_bot": False}
    ((_, message),) = await crowd.updates()
    assert (message["from"]["username"], message["sender_chat"]["id"]) == ("GroupAnonymousBot", crowd.chat)


async def test_channel_posts_appear_in_the_discussion_group(crowd: Crowd) -> None:
    group, owner, ana = await crowd.make("group"), crowd.scene.owner.id, crowd.scene.customer.id
    channel = await crowd.make("channel")
    await crowd.enter(ana)
    linking = {"channel_id": channel, "group_id": group}
    assert (await crowd.control("POST", f"/users/{owner}/link_group", **linking))["ok"]
    assert (await crowd.call("getChat"))["linked_chat_id"] == group
    await crowd.updates()
    post = await crowd.call("sendMessage", text="Post")
    ((kind, shown),) = await crowd.updates()
    assert (kind, shown["chat"]["id"], shown["is_automatic_forward"]) == ("message", group, True)
    assert (shown["sender_chat"]["id"], shown["forward_origin"]["message_id"]) == (channel, post["message_id"])
    crowd.chat = group
    assert (await crowd.call("getChat"))["linked_chat_id"] == channel
    assert "message" in await crowd.write(ana, "Vamos", reply_to=shown["message_id"])
    assert (await crowd.write(crowd.scene.stranger.id, "Hola"))["refused"].startswith("CHANNEL_PRIVATE")
    assert (await crowd.control("POST", f"/users/{owner}/link_group", **linking, join_to_send=True))["ok"]
    assert (await crowd.write(ana, "Vamos"))["refused"].startswith("CHAT_GUEST_SEND_FORBIDDEN")
    assert (await crowd.call("getChat"))["join_to_send_messages"] is True


BUTTON = {"text": "Elegir", "request_chat": {"request_id": 7, "chat_is_channel": False}}
ASKED = {"can_invite_users": True, "can_restrict_members": True, "can_promote_members": True}
BOT = {"can_invite_users": True, "can_restrict_members": True}


async def ask_for(crowd: Crowd, *buttons: dict[str, Any]) -> int:
    """Send the owner a message from the bot with these buttons, and return the message's id."""
    owner = crowd.scene.owner.id
    await crowd.control("POST", f"/users/{owner}/open", url="https://t.me/shop_bot?start=x")
    keyboard = {"keyboard": [list(buttons)]}
    return int(
        (await crowd.call("sendMessage", chat_id=owner, text="¿Qué grupo?", reply_markup=keyboard))["message_id"]
    )


async def test_owner_can_share_a_chat_with_the_bot_by_a_request_button(crowd: Crowd) -> None:
    group = await crowd.make("group", bots=())
    request: dict[str, Any] = {"request_id": 7, "chat_is_channel": False, "request_title": True}
    request |= {"user_administrator_rights": ASKED, "bot_administrator_rights": BOT}
    asked = await ask_for(crowd, {"text": "Elegir", "request_chat": request})
    await crowd.updates()
    owner = crowd.scene.owner.id
    answer = await crowd.control("POST", f"/users/{owner}/share_chat", to="shop_bot", message_id=asked, chat_id=group)
    assert answer["message"]["service"]["kind"] == "chat_shared"
    told = await crowd.updates()
    assert [kind for kind, _ in told] == ["my_chat_member", "message", "my_chat_member", "message"]
    shared = told[-1][1]
    assert shared["chat_shared"] == {"request_id": 7, "chat_id": group, "title": "VIP"}
    assert (shared["reply_to_message"]["message_id"], shared["from"]["id"]) == (asked, owner)
    bot = await crowd.call("getChatMember", user_id=crowd.scene.bot.id)
    assert (bot["can_restrict_members"], bot["can_invite_users"], bot["can_pin_messages"]) == (True, True, False)


async def test_chat_that_does_not_match_the_request_is_not_shared(crowd: Crowd) -> None:
    group, channel, ana = await crowd.make("group"), await crowd.make("channel"), crowd.scene.customer.id
    await crowd.enter(ana)
    asked = await ask_for(crowd, BUTTON)
    owner = crowd.scene.owner.id

    async def refused(person: int, chat: int, message: int) -> str:
        path = f"/users/{person}/share_chat"
        answer = await crowd.control("POST", path, to="shop_bot", message_id=message, chat_id=chat)
        return str(answer["refused"]).partition(":")[0]

    assert await refused(owner, channel, asked) == "PEER_ID_INVALID"
    assert await refused(owner, group, asked + 100) == "MESSAGE_ID_INVALID"
    twice = await ask_for(crowd, BUTTON, {**BUTTON, "text": "Otro"})
    assert await refused(owner, group, twice) == "BUTTON_INVALID"
    one = await crowd.control(
        "POST", f"/users/{owner}/share_chat", to="shop_bot", message_id=twice, chat_id=group, button="Otro"
    )
    assert "message" in one
    created = {"request_id": 1, "chat_is_channel": True, "chat_is_created": True}
    keyboard = {"keyboard": [[{"text": "Mío", "request_chat": created}]]}
    theirs = (await crowd.call("sendMessage", chat_id=ana, text="?", reply_markup=keyboard))["message_id"]
    assert await refused(ana, channel, theirs) == "CHAT_ADMIN_REQUIRED"
    assert await refused(ana, group, theirs) == "CHANNEL_PRIVATE"
    unequal = {**created, "bot_administrator_rights": {"can_invite_users": True}}
    keyboard = {"keyboard": [[{"text": "Mío", "request_chat": unequal}]]}
    assert await crowd.refused("sendMessage", chat_id=ana, text="?", reply_markup=keyboard) == (
        400,
        "Bad Request: USER_RIGHTS_MISSING",
    )


@pytest.mark.parametrize("kind", ["channel", "group", "forum", "basic_group"])
async def test_bot_cannot_delete_messages_older_than_48_hours(crowd: Crowd, kind: str) -> None:
    await crowd.make(kind)
    posts = [(await crowd.call("sendMessage", text=text))["message_id"] for text in "abc"]
    await crowd.scene.world.advance(timedelta(hours=47, minutes=59))
    assert await crowd.call("deleteMessage", message_id=posts[0])
    await crowd.scene.world.advance(timedelta(minutes=2))
    new = (await crowd.call("sendMessage", text="d"))["message_id"]
    whole = " for everyone" if kind == "basic_group" else ""
    refusal = (400, f"Bad Request: message can't be deleted{whole}")
    assert await crowd.refused("deleteMessage", message_id=posts[1]) == refusal
    assert await crowd.refused("deleteMessages", message_ids=[new, posts[2]]) == refusal
    channel = crowd.scene.telegram.channels.by_chat_id(crowd.chat)
    assert channel is not None
    left = {message.id for message in crowd.scene.telegram.posts.messages(channel)}
    assert {posts[1], posts[2], new} <= left
    owner = crowd.scene.owner.id
    deleted = await crowd.control("POST", f"/users/{owner}/delete_post", channel_id=crowd.chat, message_id=posts[1])
    assert deleted["ok"]


async def test_first_message_of_a_supergroup_cannot_be_deleted(crowd: Crowd) -> None:
    await crowd.make("group")
    assert await crowd.refused("deleteMessage", message_id=1) == (400, "Bad Request: message can't be deleted")


async def test_people_can_edit_their_messages(crowd: Crowd) -> None:
    await crowd.make("group")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    here = (await crowd.write(ana, "Ola"))["message"]["id"]
    private = (await crowd.control("POST", f"/users/{ana}/send", to="shop_bot", text="Ola"))["message"]["id"]
    await crowd.updates()
    for peer, message in ((str(crowd.chat), here), ("shop_bot", private)):
        changed = await crowd.control("POST", f"/users/{ana}/edit", to=peer, message_id=message, text="/hola")
        assert (changed["message"]["text"], changed["message"]["edited"]) == ("/hola", True)
    (kind, first), (_, second) = await crowd.updates()
    assert (kind, first["text"], second["text"]) == ("edited_message", "/hola", "/hola")
    assert second["entities"][0]["type"] == "bot_command"
    again = await crowd.control("POST", f"/users/{ana}/edit", to="shop_bot", message_id=private, text="/hola")
    assert again["refused"].startswith("MESSAGE_NOT_MODIFIED")
    other = await crowd.control(
        "POST", f"/users/{crowd.scene.owner.id}/edit", to=str(crowd.chat), message_id=here, text="x"
    )
    assert other["refused"].startswith("MESSAGE_AUTHOR_REQUIRED")
    await crowd.scene.world.advance(timedelta(hours=49))
    late = await crowd.control("POST", f"/users/{ana}/edit", to="shop_bot", message_id=private, text="x")
    assert late["refused"].startswith("MESSAGE_EDIT_TIME_EXPIRED")


@pytest.mark.parametrize("kind", ["voice", "sticker", "photo", "document"])
async def test_people_can_send_media(crowd: Crowd, kind: str) -> None:
    await crowd.make("group")
    ana = crowd.scene.customer.id
    await crowd.enter(ana)
    await crowd.updates()
    for peer in (str(crowd.chat), "shop_bot"):
        await crowd.control("POST", f"/users/{ana}/send", to=peer, text="", kind=kind)
        ((_, told),) = await crowd.updates()
        assert kind in told
        file = told[kind][-1] if kind == "photo" else told[kind]
        assert file["file_id"]


async def test_polls_videos_and_albums_can_be_sent(crowd: Crowd) -> None:
    await crowd.make("channel")
    sent = await crowd.call("sendPoll", question="¿Quién gana?", options=[{"text": "Betis"}, "Sevilla"])
    assert (sent["poll"]["question"], [each["text"] for each in sent["poll"]["options"]]) == (
        "¿Quién gana?",
        ["Betis", "Sevilla"],
    )
    video = await crowd.call("sendVideo", video="https://picks.example/a.mp4", caption="<b>Gol</b>", parse_mode="HTML")
    assert (video["video"]["mime_type"], video["caption"]) == ("video/mp4", "Gol")
    media = [
        {"type": "photo", "media": "https://picks.example/1.jpg", "caption": "Uno"},
        {"type": "video", "media": "https://picks.example/2.mp4"},
    ]
    album = await crowd.call("sendMediaGroup", media=media)
    assert [("photo" in each, each.get("caption")) for each in album] == [(True, "Uno"), (False, None)]
    assert len({each["media_group_id"] for each in album}) == 1
    document = {"type": "document", "media": "https://picks.example/a.pdf"}
    for method, values, reason in [
        ("sendPoll", {"question": "?", "options": [{"text": "a"}]}, "poll must have at least 2 option"),
        (
            "sendPoll",
            {"question": "?", "options": ["a", "b"], "is_anonymous": False},
            "non-anonymous polls can't be sent",
        ),
        ("sendPoll", {"question": "?", "options": ["a", "b"], "type": "quiz"}, "wrong correct option ID specified"),
        ("sendPoll", {"question": "x" * 301, "options": ["a", "b"]}, "poll question length must not exceed 300"),
        ("sendVideo", {}, "there is no video in the request"),
        ("sendMediaGroup", {"media": []}, "there are no messages to send"),
        ("sendMediaGroup", {"media": media * 6}, "too many messages to send as an album"),
        ("sendMediaGroup", {"media": [*media, document]}, "document can't be mixed with other media types"),
    ]:
        code, text = await crowd.refused(method, **values)
        assert (code, text.startswith(f"Bad Request: {reason}")) == (400, True), text


async def test_album_can_be_uploaded(crowd: Crowd) -> None:
    await crowd.make("group")
    media = '[{"type":"document","media":"attach://one"},{"type":"document","media":"attach://two"}]'
    files = {"one": ("a.txt", b"a", "text/plain"), "two": ("b.txt", b"b", "text/plain")}
    async with plain_http() as http:
        address = f"{crowd.scene.sandbox.url}/bot{crowd.scene.bot.token}/sendMediaGroup"
        answer = await http.post(address, data={"chat_id": str(crowd.chat), "media": media}, files=files)
    assert [each["document"]["file_name"] for each in answer.json()["result"]] == ["a.txt", "b.txt"]


async def test_public_channel_is_found_by_its_username(crowd: Crowd) -> None:
    made = await crowd.control(
        "POST",
        "/chats",
        kind="channel",
        title="Prueba",
        owner=crowd.scene.owner.id,
        bots=["shop_bot"],
        username="elcanal",
    )
    posted = await crowd.call("sendMessage", chat_id="@ElCanal", text="🔏")
    assert posted["chat"]["id"] == made["id"]
    assert await crowd.refused("sendMessage", chat_id="@otro", text="🔏") == (400, "Bad Request: chat not found")
