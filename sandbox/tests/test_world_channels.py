"""Channels: rights to create, change, read and post, and the updates of bots."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiogram.types import Update

from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World

RIGHTS = {"can_invite_users", "can_restrict_members", "can_post_messages"}


class Scene:
    """An owner, a bot that is an admin, a bot without rights, and two non-members."""

    def __init__(self) -> None:
        self.world = World()
        self.telegram = self.world.telegram
        people = self.telegram.people
        self.owner = people.add_person("Op", phone="+34600111222").id
        self.bot = people.add_bot("umbral_bot", "Umbral").id
        self.sender = people.add_bot("sender_bot", "Sender").id
        self.ana = people.add_person("Ana").id
        self.eva = people.add_person("Eva").id
        self.channel: Channel = self.telegram.channels.create(self.owner, "Retador - Retabet - @ana", "ref:1")
        self.telegram.updates.allow(self.bot, ["my_chat_member", "chat_member", "channel_post", "edited_channel_post"])
        self.telegram.channels.edit_admin(self.owner, self.channel, self.bot, RIGHTS)

    def enter(self, person: int) -> None:
        link = self.telegram.invites.export(self.owner, self.channel)
        self.telegram.joins.open(person, link.hash)

    def updates(self, bot: int | None = None) -> list[Update]:
        return [Update.model_validate(raw) for raw in self.telegram.updates.fetch(bot or self.bot)]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.name


def test_bots_cannot_create_channels(scene: Scene) -> None:
    assert refusal(lambda: scene.telegram.channels.create(scene.bot, "x")) == "BOT_METHOD_INVALID"


@pytest.mark.parametrize(
    ("title", "about", "name"),
    [(" ", "", "CHAT_TITLE_EMPTY"), ("x" * 129, "", "CHAT_TITLE_TOO_LONG"), ("x", "y" * 256, "CHAT_ABOUT_TOO_LONG")],
)
def test_channel_with_an_empty_or_too_long_title_or_description_is_refused(
    scene: Scene, title: str, about: str, name: str
) -> None:
    assert refusal(lambda: scene.telegram.channels.create(scene.owner, title, about)) == name


def test_account_is_limited_to_500_channels(scene: Scene) -> None:
    channels = scene.telegram.channels
    for number in range(499):
        channels.create(scene.owner, f"Canal {number}")
    assert refusal(lambda: channels.create(scene.owner, "Canal 500")) == "CHANNELS_TOO_MUCH"
    elsewhere = channels.create(scene.ana, "De Ana")
    link = scene.telegram.invites.export(scene.ana, elsewhere)
    assert refusal(lambda: scene.telegram.joins.open(scene.owner, link.hash)) == "CHANNELS_TOO_MUCH"
    asked = scene.telegram.invites.export(scene.eva, channels.create(scene.eva, "De Eva"), request=True)
    channels.delete(scene.owner, scene.channel)
    scene.telegram.joins.open(scene.owner, asked.hash)
    channels.create(scene.owner, "El último")
    found = scene.telegram.invites.find(asked.hash)
    assert found is not None
    assert (
        refusal(lambda: scene.telegram.joins.answer(scene.eva, found[0], scene.owner, approved=True))
        == "USER_CHANNELS_TOO_MUCH"
    )


def test_bots_join_as_admins_only(scene: Scene) -> None:
    channels = scene.telegram.channels
    assert refusal(lambda: channels.invite(scene.owner, scene.channel, scene.sender)) == "USER_BOT"
    link = scene.telegram.invites.export(scene.owner, scene.channel)
    assert refusal(lambda: scene.telegram.joins.open(scene.sender, link.hash)) == "BOT_METHOD_INVALID"
    channels.edit_admin(scene.owner, scene.channel, scene.sender, {"can_post_messages"})
    assert scene.sender in scene.channel.members
    assert scene.channel.admins[scene.sender].rights == ["can_manage_chat", "can_post_messages"]
    channels.edit_admin(scene.owner, scene.channel, scene.sender, set())
    assert scene.sender not in scene.channel.members
    changes = [each.my_chat_member for each in scene.updates(scene.sender) if each.my_chat_member]
    assert [each.new_chat_member.status for each in changes] == ["administrator", "left"]


def test_people_cannot_be_added_directly(scene: Scene) -> None:
    channels = scene.telegram.channels
    assert refusal(lambda: channels.invite(scene.owner, scene.channel, scene.ana)) == "USER_PRIVACY_RESTRICTED"
    assert refusal(lambda: channels.edit_admin(scene.owner, scene.channel, scene.ana, RIGHTS)) == "USER_NOT_PARTICIPANT"


def test_admin_can_appoint_admins_only_with_the_right_to_appoint_and_with_rights_of_its_own(scene: Scene) -> None:
    channels, channel = scene.telegram.channels, scene.channel
    for person in (scene.ana, scene.eva):
        scene.enter(person)
    edit = channels.edit_admin
    assert refusal(lambda: edit(scene.ana, channel, scene.sender, RIGHTS)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: edit(scene.owner, channel, scene.bot, RIGHTS)) == "CHAT_NOT_MODIFIED"
    assert refusal(lambda: edit(scene.owner, channel, scene.owner, RIGHTS)) == "USER_CREATOR"
    assert refusal(lambda: edit(scene.owner, channel, scene.ana, {"can_fly"})) == "RIGHTS_NOT_MODIFIED"
    edit(scene.owner, channel, scene.ana, {"can_promote_members", "can_post_messages"})
    assert refusal(lambda: edit(scene.ana, channel, scene.eva, {"can_restrict_members"})) == "RIGHT_FORBIDDEN"
    assert refusal(lambda: edit(scene.ana, channel, scene.bot, set())) == "CHAT_ADMIN_REQUIRED"
    edit(scene.ana, channel, scene.eva, {"can_post_messages"})
    assert channel.admins[scene.eva].by == scene.ana


def test_channel_is_limited_to_20_bots(scene: Scene) -> None:
    people, channels = scene.telegram.people, scene.telegram.channels
    for number in range(19):
        bot = people.add_bot(f"bot{number}_bot", "B")
        channels.edit_admin(scene.owner, scene.channel, bot.id, {"can_post_messages"})
    assert refusal(lambda: channels.edit_admin(scene.owner, scene.channel, scene.sender, RIGHTS)) == "BOTS_TOO_MUCH"


def test_only_the_owner_can_protect_content_and_delete_the_channel(scene: Scene) -> None:
    channels, channel = scene.telegram.channels, scene.channel
    assert refusal(lambda: channels.set_protected(scene.bot, channel, on=True)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: channels.set_protected(scene.ana, channel, on=True)) == "CHANNEL_PRIVATE"
    channels.set_protected(scene.owner, channel, on=True)
    assert channel.protected
    assert refusal(lambda: channels.set_protected(scene.owner, channel, on=True)) == "CHAT_NOT_MODIFIED"
    assert refusal(lambda: channels.delete(scene.bot, channel)) == "CHAT_ADMIN_REQUIRED"
    channels.delete(scene.owner, channel)
    assert channels.find(channel.id) is None
    assert channels.dialogs(scene.owner) == []
    assert channel.past == {scene.owner, scene.bot}
    assert scene.updates()[-1].event_type == "my_chat_member"


def test_title_change_requires_the_right_and_posts_a_service_message(scene: Scene) -> None:
    channels, channel = scene.telegram.channels, scene.channel
    assert refusal(lambda: channels.set_title(scene.bot, channel, "Otro")) == "CHAT_ADMIN_REQUIRED"
    channels.set_title(scene.owner, channel, "Otro")
    assert refusal(lambda: channels.set_title(scene.owner, channel, "Otro")) == "CHAT_NOT_MODIFIED"
    channels.set_about(scene.owner, channel, "nuevo")
    assert refusal(lambda: channels.set_about(scene.owner, channel, "nuevo")) == "CHAT_ABOUT_NOT_MODIFIED"
    assert [each.content for each in scene.telegram.posts.messages(channel)] == [
        {"channel_chat_created": True},
        {"new_chat_title": "Otro"},
    ]


def test_posting_editing_and_deleting_each_require_a_right(scene: Scene) -> None:
    posts, channel = scene.telegram.posts, scene.channel
    scene.enter(scene.ana)
    assert refusal(lambda: posts.post(scene.ana, channel, {"text": "x"})) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: posts.post(scene.eva, channel, {"text": "x"})) == "CHANNEL_PRIVATE"
    theirs = posts.post(scene.owner, channel, {"text": "bienvenida"})
    mine = posts.post(scene.bot, channel, {"text": "pick"})
    assert refusal(lambda: posts.edit(scene.bot, channel, theirs.id, {"text": "y"}, None)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: posts.delete(scene.bot, channel, theirs.id)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: posts.edit(scene.bot, channel, mine.id, {"text": "pick"}, None)) == "MESSAGE_NOT_MODIFIED"
    assert refusal(lambda: posts.edit(scene.bot, channel, 99, {"text": "y"}, None)) == "MESSAGE_ID_INVALID"
    posts.edit(scene.bot, channel, mine.id, {"text": "pick 2"}, None)
    posts.edit(scene.owner, channel, mine.id, {"text": "pick 3"}, None)
    seq = mine.seq
    posts.delete(scene.bot, channel, mine.id)
    assert posts.messages(channel, after=seq - 1) == []
    assert refusal(lambda: posts.delete(scene.bot, channel, mine.id)) == "MESSAGE_ID_INVALID"


def test_bots_receive_posts_of_others_but_not_their_own(scene: Scene) -> None:
    scene.telegram.posts.post(scene.bot, scene.channel, {"text": "propio"})
    post = scene.telegram.posts.post(scene.owner, scene.channel, {"text": "ajeno"})
    scene.telegram.posts.edit(scene.owner, scene.channel, post.id, {"text": "editado"}, None)
    heard = [update for update in scene.updates() if update.event_type.endswith("channel_post")]
    assert [(each.event_type, each.event.text) for each in heard] == [
        ("channel_post", "ajeno"),
        ("edited_channel_post", "editado"),
    ]


def test_pinning_requires_the_right_and_posts_a_service_message(scene: Scene) -> None:
    posts, channel = scene.telegram.posts, scene.channel
    post = posts.post(scene.owner, channel, {"text": "bienvenida"})
    assert refusal(lambda: posts.pin(scene.bot, channel, post.id)) == "CHAT_ADMIN_REQUIRED"
    posts.pin(scene.owner, channel, post.id)
    assert channel.pinned == [post.id]
    assert posts.messages(channel)[-1].kind == "service"
    assert refusal(lambda: posts.pin(scene.owner, channel, post.id)) == "CHAT_NOT_MODIFIED"
    posts.pin(scene.owner, channel, post.id, pinned=False)
    assert channel.pinned == []


def test_protected_posts_are_not_forwarded(scene: Scene) -> None:
    posts, channel = scene.telegram.posts, scene.channel
    post = posts.post(scene.owner, channel, {"text": "pick"})
    assert refusal(lambda: posts.take_for_forward(scene.ana, channel, post.id)) == "CHANNEL_PRIVATE"
    scene.enter(scene.ana)
    message, origin = posts.take_for_forward(scene.ana, channel, post.id)
    assert (message, origin["type"], origin["message_id"]) == (post, "channel", post.id)
    scene.telegram.channels.set_protected(scene.owner, channel, on=True)
    assert refusal(lambda: posts.take_for_forward(scene.ana, channel, post.id)) == "CHAT_FORWARDS_RESTRICTED"


def test_ban_removes_a_member_until_lifted(scene: Scene) -> None:
    members, channel = scene.telegram.members, scene.channel
    scene.enter(scene.ana)
    link = scene.telegram.invites.export(scene.owner, channel)
    members.ban(scene.bot, channel, scene.ana)
    assert scene.ana not in channel.members
    assert refusal(lambda: scene.telegram.joins.open(scene.ana, link.hash)) == "INVITE_HASH_EXPIRED"
    assert members.unban(scene.bot, channel, scene.ana, only_if_banned=True)
    assert not members.unban(scene.bot, channel, scene.ana, only_if_banned=True)
    assert scene.telegram.joins.open(scene.ana, link.hash)[1] == "joined"
    assert not members.unban(scene.bot, channel, scene.ana, only_if_banned=True)
    assert scene.ana in channel.members
    assert members.unban(scene.bot, channel, scene.ana)
    assert scene.ana not in channel.members
    statuses = [each.chat_member.new_chat_member.status for each in scene.updates() if each.chat_member]
    assert statuses == ["member", "kicked", "left", "member", "left"]


def test_bans_expire_by_the_clock_unless_very_short(scene: Scene) -> None:
    members, channel, clock = scene.telegram.members, scene.channel, scene.world.clock
    members.ban(scene.bot, channel, scene.ana, until=clock.now() + timedelta(hours=1))
    members.ban(scene.bot, channel, scene.eva, until=clock.now() + timedelta(seconds=10))
    assert members.banned(channel) == [scene.ana, scene.eva]
    clock.advance(timedelta(hours=2))
    assert members.banned(channel) == [scene.eva]


def test_bans_need_the_right_and_exclude_owner_and_admins(scene: Scene) -> None:
    members, channel = scene.telegram.members, scene.channel
    scene.telegram.channels.edit_admin(scene.owner, channel, scene.sender, {"can_post_messages"})
    assert refusal(lambda: members.ban(scene.sender, channel, scene.ana)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: members.ban(scene.eva, channel, scene.ana)) == "CHANNEL_PRIVATE"
    assert refusal(lambda: members.ban(scene.bot, channel, scene.owner)) == "USER_ADMIN_INVALID"
    assert refusal(lambda: members.ban(scene.bot, channel, scene.sender)) == "USER_ADMIN_INVALID"
    assert refusal(lambda: members.ban(scene.bot, channel, scene.bot)) == "USER_ID_INVALID"
    assert refusal(lambda: members.ban(scene.bot, channel, 12345)) == "USER_ID_INVALID"
    members.ban(scene.owner, channel, scene.sender)
    assert scene.sender not in channel.admins
    assert (
        refusal(lambda: scene.telegram.channels.edit_admin(scene.owner, channel, scene.sender, RIGHTS)) == "USER_KICKED"
    )


def test_members_can_leave_but_the_owner_cannot(scene: Scene) -> None:
    members, channel = scene.telegram.members, scene.channel
    scene.enter(scene.ana)
    members.leave(scene.ana, channel)
    assert scene.ana not in channel.members
    assert refusal(lambda: members.leave(scene.ana, channel)) == "USER_NOT_PARTICIPANT"
    assert refusal(lambda: members.leave(scene.owner, channel)) == "USER_CREATOR"
    change = scene.updates()[-1].chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "left")


def test_only_admins_list_the_members(scene: Scene) -> None:
    scene.enter(scene.ana)
    members = scene.telegram.members
    assert members.participants(scene.owner, scene.channel) == [scene.owner, scene.bot, scene.ana]
    assert refusal(lambda: members.participants(scene.ana, scene.channel)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: members.participants(scene.eva, scene.channel)) == "CHANNEL_PRIVATE"


def test_access_hash_of_another_account_is_refused(scene: Scene) -> None:
    accounts, channel = scene.telegram.accounts, scene.channel
    mine = accounts.access_hash(scene.owner, channel.id)
    assert accounts.channel(scene.owner, channel.id, mine) is channel
    assert refusal(lambda: accounts.channel(scene.ana, channel.id, mine)) == "CHANNEL_PRIVATE"
    assert refusal(lambda: accounts.channel(scene.owner, 1, mine)) == "CHANNEL_INVALID"
    bot_hash = accounts.access_hash(scene.owner, scene.bot)
    assert accounts.user(scene.owner, scene.bot, bot_hash).id == scene.bot
    assert refusal(lambda: accounts.user(scene.ana, scene.bot, bot_hash)) == "USER_ID_INVALID"
    wanted = "PARTICIPANT_ID_INVALID"
    assert refusal(lambda: accounts.user(scene.owner, scene.bot, 0, error=wanted)) == wanted


def test_accounts_log_in_with_the_sent_code(scene: Scene) -> None:
    accounts = scene.telegram.accounts
    assert refusal(lambda: accounts.send_code("+1555")) == "PHONE_NUMBER_INVALID"
    sent = accounts.send_code("34600111222")
    assert refusal(lambda: accounts.sign_in("+34600111222", sent.hash, "x")) == "PHONE_CODE_INVALID"
    assert refusal(lambda: accounts.sign_in("+34600111222", "x", sent.code)) == "PHONE_CODE_EXPIRED"
    assert accounts.sign_in("+34600111222", sent.hash, sent.code).id == scene.owner
    assert refusal(lambda: accounts.sign_in("+34600111222", sent.hash, sent.code)) == "PHONE_CODE_EXPIRED"
    accounts.save_key(-5, b"key")
    accounts.bind_key(-5, scene.owner)
    assert [key.id for key in accounts.sessions(scene.owner)] == [-5]
    accounts.revoke_key(-5)
    assert accounts.sessions(scene.owner) == []
