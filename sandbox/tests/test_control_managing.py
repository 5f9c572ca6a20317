"""Management of channels by people through the control interface, and the updates that bots in these
channels receive.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.control import Control, running_control


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with running_control() as running:
        yield running


def heard(control: Control, kind: str) -> list[dict[str, Any]]:
    """Return the pending updates of one kind."""
    updates: list[dict[str, Any]] = control.telegram.updates.fetch(control.bot.id)
    return [update[kind] for update in updates if kind in update]


async def test_only_the_owner_may_post(control: Control) -> None:
    channel, ana = control.channel(), await control.person()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    order = {"channel_id": channel, "text": "pick"}
    post = (await control.post(f"/users/{owner}/post", order))["message"]
    assert (post["text"], post["kind"]) == ("pick", "text")
    assert [each["text"] for each in heard(control, "channel_post")] == ["pick"]
    assert (await control.post(f"/users/{ana}/post", order))["refused"] == "CHANNEL_PRIVATE"
    await control.post(f"/users/{ana}/open", {"url": control.link(channel)})
    assert (await control.post(f"/users/{ana}/post", order))["refused"].startswith("CHAT_ADMIN_REQUIRED")


async def test_media_post_and_its_edit_reach_the_bot(control: Control) -> None:
    channel = control.channel()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    order = {"channel_id": channel, "text": "pick", "kind": "photo", "album": "a"}
    post = (await control.post(f"/users/{owner}/post", {**order, "buttons": [[{"text": "x", "url": "https://a.b"}]]}))[
        "message"
    ]
    assert (post["text"], post["kind"], post["buttons"][0][0]["url"]) == ("pick", "photo", "https://a.b")
    edit = {"channel_id": channel, "message_id": post["id"], "text": "better"}
    assert (await control.post(f"/users/{owner}/edit_post", edit))["message"]["text"] == "better"
    updates = control.telegram.updates.fetch(control.bot.id)
    [new], [edited] = (
        [update[kind] for update in updates if kind in update] for kind in ("channel_post", "edited_channel_post")
    )
    assert (new["media_group_id"], new["caption"], edited["caption"]) == ("a", "pick", "better")


async def test_owner_can_delete_a_post_without_the_bot_being_notified(control: Control) -> None:
    channel = control.channel()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    post = (await control.post(f"/users/{owner}/post", {"channel_id": channel, "text": "pick"}))["message"]
    order, ana = {"channel_id": channel, "message_id": post["id"]}, await control.person()
    assert (await control.post(f"/users/{ana}/delete_post", order))["refused"] == "CHANNEL_PRIVATE"
    before = control.telegram.updates.fetch(control.bot.id)
    assert await control.post(f"/users/{owner}/delete_post", order) == {"ok": True}
    assert control.telegram.updates.fetch(control.bot.id) == before
    assert (await control.post(f"/users/{owner}/delete_post", order))["refused"] == "MESSAGE_ID_INVALID"


async def test_bot_receives_updates_about_its_rights_and_removal(control: Control) -> None:
    channel = control.channel()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    wanted = {"channel_id": channel, "admin": "umbral_bot", "rights": ["can_invite_users"]}
    assert await control.post(f"/users/{owner}/set_admin", wanted) == {"ok": True}
    assert await control.post(f"/users/{owner}/set_admin", {**wanted, "rights": []}) == {"ok": True}
    changes = heard(control, "my_chat_member")[-2:]
    assert [each["new_chat_member"]["status"] for each in changes] == ["administrator", "left"]
    assert changes[0]["new_chat_member"]["can_post_messages"] is False
    assert changes[0]["from"]["id"] == owner
    members = (await control.get(f"/channels/{channel}"))["members"]
    assert [each["id"] for each in members] == [owner]
    await control.post(f"/users/{owner}/set_admin", {**wanted, "admin": "nobody_bot"}, status=404)


async def test_only_a_member_can_become_an_admin(control: Control) -> None:
    channel, ana = control.channel(), await control.person()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    wanted = {"channel_id": channel, "admin": ana, "rights": ["can_post_messages"]}
    assert (await control.post(f"/users/{owner}/set_admin", wanted))["refused"] == "USER_NOT_PARTICIPANT"
    await control.post(f"/users/{ana}/open", {"url": control.link(channel)})
    assert await control.post(f"/users/{owner}/set_admin", wanted) == {"ok": True}
    assert (await control.post(f"/users/{ana}/post", {"channel_id": channel, "text": "x"}))["message"]


async def test_banned_person_can_be_unbanned(control: Control) -> None:
    channel, ana = control.channel(), await control.person()
    owner, link = (await control.get(f"/channels/{channel}"))["owner"], control.link(channel)
    await control.post(f"/users/{ana}/open", {"url": link})
    assert await control.post(f"/users/{owner}/ban", {"channel_id": channel, "person": ana}) == {"ok": True}
    assert (await control.get(f"/channels/{channel}"))["banned"] == [ana]
    assert (await control.post(f"/users/{ana}/open", {"url": link}))["result"] == "refused"
    forgiven = {"channel_id": channel, "person": ana, "banned": False}
    assert await control.post(f"/users/{owner}/ban", forgiven) == {"ok": True}
    assert (await control.post(f"/users/{ana}/open", {"url": link}))["result"] == "joined"
    assert (await control.post(f"/users/{ana}/ban", forgiven))["refused"].startswith("CHAT_ADMIN_REQUIRED")


async def test_forwarded_text_names_its_author(control: Control) -> None:
    ana, eva = await control.person(), await control.person("Eva")
    order = {"to": "umbral_bot", "author": eva, "text": "hola"}
    assert (await control.post(f"/users/{ana}/forward_words", order))["message"]["from"]["id"] == ana
    await control.post(f"/users/{ana}/forward_words", {**order, "hidden": True})
    shown, hidden = heard(control, "message")
    assert shown["forward_origin"]["sender_user"]["id"] == eva
    assert hidden["forward_origin"] == {
        "type": "hidden_user",
        "sender_user_name": "Eva",
        "date": hidden["forward_origin"]["date"],
    }
    await control.post(f"/users/{ana}/forward_words", {**order, "author": 1}, status=404)


async def test_bots_receive_update_when_the_owner_deletes_a_channel(control: Control) -> None:
    channel, ana = control.channel(), await control.person()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    assert (await control.post(f"/users/{ana}/delete_channel", {"channel_id": channel}))["refused"]
    assert await control.post(f"/users/{owner}/delete_channel", {"channel_id": channel}) == {"ok": True}
    assert heard(control, "my_chat_member")[-1]["new_chat_member"]["status"] in {"left", "kicked"}
    await control.get(f"/channels/{channel}", status=404)
    await control.post(f"/users/{owner}/delete_channel", {"channel_id": channel}, status=404)


async def test_owner_can_change_title_and_content_protection_of_a_channel(control: Control) -> None:
    channel = control.channel()
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    wanted = {"channel_id": channel, "title": "Otro", "protected": True}
    assert await control.post(f"/users/{owner}/edit_channel", wanted) == {"ok": True}
    seen = await control.get(f"/channels/{channel}")
    assert (seen["title"], seen["protected"]) == ("Otro", True)
    assert (await control.post(f"/users/{owner}/edit_channel", wanted))["refused"] == "CHAT_NOT_MODIFIED"


async def test_owner_can_demote_a_bot_and_delete_the_channel(control: Control) -> None:
    channel = control.channel()
    assert await control.post(f"/channels/{channel}/demote", {"id": control.bot.id}) == {"ok": True}
    assert heard(control, "my_chat_member")[-1]["new_chat_member"]["status"] == "left"
    assert (await control.post(f"/channels/{channel}/demote", {"id": control.bot.id}))["refused"] == "CHAT_NOT_MODIFIED"
    assert await control.post(f"/channels/{channel}/delete") == {"ok": True}
    await control.post(f"/channels/{channel}/delete", status=404)
