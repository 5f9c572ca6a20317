"""Invite links and join requests."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiogram.types import Update

from umbral_sandbox.world.telegram.channel_records import Channel, Link
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World


class Scene:
    """An owner, a bot that may invite, a bot that may only post, and two non-members."""

    def __init__(self) -> None:
        self.world = World()
        self.telegram = self.world.telegram
        people = self.telegram.people
        self.owner = people.add_person("Op").id
        self.bot = people.add_bot("umbral_bot", "Umbral").id
        self.sender = people.add_bot("sender_bot", "Sender").id
        self.ana = people.add_person("Ana").id
        self.eva = people.add_person("Eva").id
        for bot in (self.bot, self.sender):
            self.telegram.updates.allow(bot, ["chat_join_request", "chat_member"])
        self.channel: Channel = self.telegram.channels.create(self.owner, "Canal")
        self.telegram.channels.edit_admin(self.owner, self.channel, self.bot, {"can_invite_users"})
        self.telegram.channels.edit_admin(self.owner, self.channel, self.sender, {"can_post_messages"})

    def export(self, actor: int | None = None, **settings: object) -> Link:
        export: Callable[..., Link] = self.telegram.invites.export
        return export(actor or self.owner, self.channel, **settings)

    def open(self, person: int, link: Link) -> str:
        return self.telegram.joins.open(person, link.hash)[1]

    def answer(self, person: int, *, approved: bool) -> None:
        self.telegram.joins.answer(self.bot, self.channel, person, approved=approved)

    def updates(self, bot: int) -> list[Update]:
        return [Update.model_validate(raw) for raw in self.telegram.updates.fetch(bot)]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.name


def test_admin_without_the_right_to_invite_cannot_create_links(scene: Scene) -> None:
    assert refusal(lambda: scene.export(scene.sender)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: scene.export(scene.ana)) == "CHANNEL_PRIVATE"
    assert scene.export(scene.bot).url.startswith("https://t.me/+")


def test_invalid_links_are_refused(scene: Scene) -> None:
    past = scene.world.clock.now() - timedelta(seconds=1)
    assert refusal(lambda: scene.export(expires=past)) == "EXPIRE_DATE_INVALID"
    assert refusal(lambda: scene.export(member_limit=0)) == "USAGE_LIMIT_INVALID"
    assert refusal(lambda: scene.export(member_limit=100_000)) == "USAGE_LIMIT_INVALID"
    assert refusal(lambda: scene.export(member_limit=1, request=True)) == "USAGE_LIMIT_INVALID"
    assert refusal(lambda: scene.export(title="x" * 33)) == "INVITE_TITLE_TOO_LONG"


def test_primary_link_exists_once_exported_and_is_replaced_when_revoked(scene: Scene) -> None:
    invites, channel = scene.telegram.invites, scene.channel
    assert invites.primary(scene.owner, channel) is None
    assert channel.links == {}
    first = invites.renew_primary(scene.owner, channel)
    assert invites.primary(scene.owner, channel) is first
    assert invites.primary(scene.bot, channel) is None
    revoked, second = invites.revoke(scene.owner, channel, first.hash)
    assert revoked is first
    assert first.revoked
    assert second is not None
    assert second.primary
    third = invites.renew_primary(scene.owner, channel)
    assert second.revoked

    def change() -> Link:
        return invites.edit(scene.owner, channel, third.hash, title="", expires=None, member_limit=None, request=True)

    assert refusal(change) == "CHAT_INVITE_PERMANENT"


def test_admins_manage_their_own_links_and_the_owner_manages_all_links(scene: Scene) -> None:
    invites, channel = scene.telegram.invites, scene.channel
    owners, bots = scene.export(), scene.export(scene.bot)
    assert refusal(lambda: invites.revoke(scene.bot, channel, owners.hash)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: invites.revoke(scene.bot, channel, "nope")) == "INVITE_HASH_INVALID"
    assert refusal(lambda: invites.links_of(scene.bot, channel, scene.owner)) == "CHAT_ADMIN_REQUIRED"
    assert invites.links_of(scene.owner, channel, scene.bot) == [bots]
    assert invites.revoke(scene.owner, channel, bots.hash) == (bots, None)
    assert refusal(lambda: invites.revoke(scene.bot, channel, bots.hash)) == "INVITE_HASH_EXPIRED"
    assert invites.links_of(scene.bot, channel, scene.bot) == []
    assert invites.links_of(scene.bot, channel, scene.bot, revoked=True) == [bots]
    assert refusal(lambda: invites.delete_revoked(scene.owner, channel, owners.hash)) == "INVITE_HASH_INVALID"
    invites.delete_revoked(scene.bot, channel, bots.hash)
    assert list(channel.links) == [owners.hash]


def test_links_can_be_changed(scene: Scene) -> None:
    link = scene.export(scene.bot, member_limit=1)
    scene.telegram.invites.edit(
        scene.bot, scene.channel, link.hash, title="dos", expires=None, member_limit=None, request=True
    )
    assert (link.title, link.member_limit, link.request) == ("dos", None, True)
    assert scene.open(scene.ana, link) == "requested"


def test_expired_revoked_and_unknown_links_are_refused(scene: Scene) -> None:
    expiring = scene.export(expires=scene.world.clock.now() + timedelta(hours=24))
    revoked = scene.export()
    scene.telegram.invites.revoke(scene.owner, scene.channel, revoked.hash)
    assert refusal(lambda: scene.open(scene.ana, revoked)) == "INVITE_HASH_EXPIRED"
    assert refusal(lambda: scene.telegram.joins.open(scene.ana, "unknown")) == "INVITE_HASH_INVALID"
    assert refusal(lambda: scene.telegram.joins.open(scene.ana, "")) == "INVITE_HASH_EMPTY"
    scene.world.clock.advance(timedelta(hours=24))
    assert refusal(lambda: scene.open(scene.ana, expiring)) == "INVITE_HASH_EXPIRED"
    scene.telegram.channels.delete(scene.owner, scene.channel)
    assert refusal(lambda: scene.open(scene.ana, expiring)) == "INVITE_HASH_INVALID"


def test_member_limit_counts_current_members(scene: Scene) -> None:
    link = scene.export(member_limit=1)
    assert scene.open(scene.ana, link) == "joined"
    assert refusal(lambda: scene.open(scene.ana, link)) == "USER_ALREADY_PARTICIPANT"
    assert refusal(lambda: scene.open(scene.eva, link)) == "INVITE_HASH_EXPIRED"
    scene.telegram.members.leave(scene.ana, scene.channel)
    assert scene.open(scene.eva, link) == "joined"
    assert link.used == 2


def test_join_update_hides_the_link_of_other_admins(scene: Scene) -> None:
    scene.open(scene.ana, scene.export())
    change = scene.updates(scene.bot)[-1].chat_member
    assert change is not None
    assert change.invite_link is not None
    assert change.invite_link.invite_link.endswith("…")
    own = scene.export(scene.bot)
    scene.open(scene.eva, own)
    change = scene.updates(scene.bot)[-1].chat_member
    assert change is not None
    assert change.invite_link is not None
    assert change.invite_link.invite_link == own.url


def test_join_request_reaches_bots_that_may_invite_and_is_answered_once(scene: Scene) -> None:
    link = scene.export(request=True)
    assert scene.open(scene.ana, link) == "requested"
    assert scene.open(scene.ana, link) == "requested"
    assert scene.ana not in scene.channel.members
    [update] = [each for each in scene.updates(scene.bot) if each.chat_join_request]
    assert update.chat_join_request is not None
    assert update.chat_join_request.from_user.id == scene.ana
    assert update.chat_join_request.user_chat_id == scene.ana
    assert scene.updates(scene.sender) == []
    assert list(scene.telegram.joins.requests(scene.bot, scene.channel)) == [scene.ana]
    scene.answer(scene.ana, approved=True)
    assert scene.ana in scene.channel.members
    assert link.used == 1
    change = scene.updates(scene.bot)[-1].chat_member
    assert change is not None
    assert change.via_join_request
    assert change.from_user.id == scene.bot
    assert refusal(lambda: scene.answer(scene.ana, approved=True)) == "USER_ALREADY_PARTICIPANT"
    assert refusal(lambda: scene.answer(scene.eva, approved=True)) == "HIDE_REQUESTER_MISSING"


def test_declined_person_can_request_again(scene: Scene) -> None:
    link = scene.export(request=True)
    scene.open(scene.eva, link)
    scene.answer(scene.eva, approved=False)
    assert scene.eva not in scene.channel.members
    assert refusal(lambda: scene.answer(scene.eva, approved=False)) == "HIDE_REQUESTER_MISSING"
    assert scene.open(scene.eva, link) == "requested"


def test_withdrawn_request_cannot_be_answered(scene: Scene) -> None:
    scene.open(scene.ana, scene.export(request=True))
    scene.telegram.joins.withdraw(scene.ana, scene.channel)
    assert refusal(lambda: scene.answer(scene.ana, approved=True)) == "HIDE_REQUESTER_MISSING"
    assert refusal(lambda: scene.telegram.joins.withdraw(scene.ana, scene.channel)) == "HIDE_REQUESTER_MISSING"


def test_join_request_survives_a_revoked_link_but_not_a_ban(scene: Scene) -> None:
    link = scene.export(request=True)
    for person in (scene.ana, scene.eva):
        scene.open(person, link)
    scene.telegram.invites.revoke(scene.owner, scene.channel, link.hash)
    scene.answer(scene.ana, approved=True)
    scene.telegram.members.ban(scene.owner, scene.channel, scene.eva)
    assert scene.channel.requests == {}


def test_admin_without_the_right_to_invite_cannot_list_or_answer_join_requests(scene: Scene) -> None:
    scene.open(scene.ana, scene.export(request=True))
    joins, channel = scene.telegram.joins, scene.channel
    assert refusal(lambda: joins.requests(scene.sender, channel)) == "CHAT_ADMIN_REQUIRED"
    assert refusal(lambda: joins.answer(scene.sender, channel, scene.ana, approved=True)) == "CHAT_ADMIN_REQUIRED"


def test_joining_by_a_direct_link_removes_the_join_request(scene: Scene) -> None:
    scene.open(scene.ana, scene.export(request=True))
    assert scene.open(scene.ana, scene.export()) == "joined"
    assert scene.channel.requests == {}


def test_bot_may_write_to_join_requester_for_five_minutes(scene: Scene) -> None:
    chats = scene.telegram.chats
    scene.open(scene.ana, scene.export(request=True))
    chats.bot_send(scene.bot, scene.ana, {"text": "Un momento"})
    assert refusal(lambda: chats.bot_send(scene.sender, scene.ana, {"text": "x"})) == "PEER_ID_INVALID"
    scene.world.clock.advance(timedelta(minutes=6))
    with pytest.raises(Refused) as refused:
        chats.bot_send(scene.bot, scene.ana, {"text": "Tarde"})
    assert (refused.value.code, refused.value.name) == (403, "PEER_ID_INVALID")
