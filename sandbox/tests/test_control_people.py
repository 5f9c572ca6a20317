"""People's actions through the control interface: writing, opening links, forwarding, blocking, leaving."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.control import Control, running_control


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with running_control() as running:
        yield running


async def test_new_person_may_have_any_name_and_no_username(control: Control) -> None:
    created = await control.post("/users", {"first_name": "<b>&_* 🎰" + "x" * 50})
    assert created == {"id": created["id"], "username": None}
    named = await control.post("/users", {"first_name": "Eva", "username": "eva_1", "language_code": "en"})
    assert named["username"] == "eva_1"
    refused = await control.post("/users", {"first_name": "Otra", "username": "EVA_1"}, status=400)
    assert refused == {"error": "USERNAME_OCCUPIED"}
    await control.post("/users", {"first_name": ""}, status=400)


async def test_unknown_person_bot_or_channel_responds_with_404(control: Control) -> None:
    ana = await control.person()
    await control.post("/users/1/send", {"to": "umbral_bot", "text": "x"}, status=404)
    await control.post(f"/users/{ana}/send", {"to": "nobody_bot", "text": "x"}, status=404)
    await control.get(f"/users/{ana}/chat/-1001234567890", status=404)
    await control.get(f"/users/{ana}/chat/nobody_bot", status=404)
    await control.post(f"/users/{ana}/leave", {"channel_id": -100123}, status=404)
    await control.post(f"/users/{ana}/press", {"peer": "umbral_bot", "message_id": 9, "button": "x"}, status=404)


async def test_chat_lists_messages_and_edits_after_a_sequence_number(control: Control) -> None:
    ana = await control.person()
    chat = f"/users/{ana}/chat/umbral_bot"
    assert (await control.get(chat)) == {"messages": []}
    sent = await control.post(f"/users/{ana}/send", {"to": "@Umbral_Bot", "text": "/start"})
    assert sent["message"]["from"] == {"id": ana, "name": "Ana", "is_bot": False}
    answer = control.say(ana, {"text": "Hola"}, [{"text": "Ver", "callback_data": "x"}])
    [start, hello] = (await control.get(chat))["messages"]
    assert (start["text"], hello["text"], hello["edited"]) == ("/start", "Hola", False)
    assert hello["buttons"] == [[{"text": "Ver", "kind": "callback", "data": "x"}]]
    control.telegram.chats.edit(control.bot.id, ana, answer, {"text": "Adiós"}, None)
    [edited] = (await control.get(f"{chat}?after={hello['seq']}"))["messages"]
    assert (edited["id"], edited["text"], edited["edited"], edited["buttons"]) == (answer, "Adiós", True, [])


async def test_chat_request_with_a_wait_time_returns_once_the_next_message_arrives(control: Control) -> None:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    chat = f"/users/{ana}/chat/umbral_bot"
    seq = (await control.get(chat))["messages"][-1]["seq"]
    waiting = asyncio.create_task(control.get(f"{chat}?after={seq}&wait_s=10"))
    control.say(ana, {"text": "Hola"})
    async with asyncio.timeout(90):
        assert [each["text"] for each in (await waiting)["messages"]] == ["Hola"]
    assert (await control.get(f"{chat}?after={seq + 1}&wait_s=0.05"))["messages"] == []


async def test_chat_shows_file_and_price_details_of_photo_document_and_invoice_messages(control: Control) -> None:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    control.say(ana, {"photo": [{"file_id": "p", "file_unique_id": "q"}], "caption": "foto"})
    control.say(ana, {"document": {"file_id": "d", "file_unique_id": "e", "file_name": "a.pdf"}})
    priced: dict[str, Any] = {"title": "VIP", "description": "30 días", "currency": "XTR", "total_amount": 500}
    control.say(ana, {"invoice": priced})
    messages = (await control.get(f"/users/{ana}/chat/umbral_bot"))["messages"]
    assert [each["kind"] for each in messages] == ["text", "photo", "document", "invoice"]
    assert (messages[1]["text"], messages[1]["file"]["id"], messages[2]["file"]["name"]) == ("foto", "p", "a.pdf")
    assert messages[3]["invoice"]["amount"] == "500"


async def test_opening_a_link_reports_started_joined_requested_already_or_refused(control: Control) -> None:
    ana, eva = await control.person(), await control.person("Eva")
    channel = control.channel()
    link, request = control.link(channel, member_limit=1), control.link(channel, request=True)

    async def opened(person: int, url: str) -> Any:
        return await control.post(f"/users/{person}/open", {"url": url})

    assert await opened(ana, "https://t.me/umbral_bot?start=ABC") == {"result": "started"}
    assert await opened(ana, "https://t.me/umbral_bot") == {"result": "already"}
    assert await opened(ana, "tg://resolve?domain=umbral_bot&start=DEF") == {"result": "started"}
    assert await opened(eva, "t.me/Umbral_Bot") == {"result": "started"}
    texts = [each["text"] for each in (await control.get(f"/users/{ana}/chat/umbral_bot"))["messages"]]
    assert texts == ["/start ABC", "/start DEF"]
    assert await opened(ana, link) == {"result": "joined"}
    assert await opened(ana, link) == {"result": "already"}
    assert await opened(ana, f"https://t.me/c/{channel * -1 - 10**12}/1") == {"result": "already"}
    assert (await opened(eva, f"https://t.me/c/{channel * -1 - 10**12}/1"))["result"] == "refused"
    assert (await opened(eva, link))["result"] == "refused"
    assert await opened(eva, request.replace("+", "joinchat/")) == {"result": "requested"}
    assert await opened(eva, request) == {"result": "requested"}
    for url, reason in (
        ("https://t.me/nobody_bot", "USERNAME_NOT_OCCUPIED"),
        ("https://t.me/+nothing", "INVITE_HASH_INVALID"),
        (f"https://t.me/umbral_bot?start={'x' * 65}", "START_PARAM_INVALID"),
    ):
        answer = await opened(eva, url)
        assert answer["result"] == "refused"
        assert answer["reason"].startswith(reason)
    await control.post(f"/users/{eva}/open", {"url": "https://example.com/x"}, status=400)
    await control.post(f"/users/{eva}/open", {"url": "https://t.me/$abc"}, status=400)


async def test_banned_person_is_refused_at_the_link(control: Control) -> None:
    ana, channel_id = await control.person(), control.channel()
    channel = control.telegram.channels.by_chat_id(channel_id)
    assert channel is not None
    control.telegram.members.ban(channel.owner, channel, ana)
    answer = await control.post(f"/users/{ana}/open", {"url": control.link(channel_id, request=True)})
    assert answer["result"] == "refused"
    assert "banned" in answer["reason"]


async def test_person_can_leave_a_channel_and_withdraw_a_join_request(control: Control) -> None:
    ana, channel = await control.person(), control.channel()
    chosen = {"channel_id": channel}
    assert (await control.post(f"/users/{ana}/leave", chosen))["refused"] == "USER_NOT_PARTICIPANT"
    assert (await control.post(f"/users/{ana}/cancel_request", chosen))["refused"] == "HIDE_REQUESTER_MISSING"
    await control.post(f"/users/{ana}/open", {"url": control.link(channel, request=True)})
    assert (await control.get(f"/channels/{channel}"))["requests"] == [ana]
    assert await control.post(f"/users/{ana}/cancel_request", chosen) == {"ok": True}
    await control.post(f"/users/{ana}/open", {"url": control.link(channel)})
    assert await control.post(f"/users/{ana}/leave", chosen) == {"ok": True}
    owner = (await control.get(f"/channels/{channel}"))["owner"]
    assert (await control.post(f"/users/{owner}/leave", chosen))["refused"] == "USER_CREATOR"


async def test_only_members_read_channels_and_forward_posts(control: Control) -> None:
    ana, channel_id = await control.person(), control.channel()
    channel = control.telegram.channels.by_chat_id(channel_id)
    assert channel is not None
    post = control.telegram.posts.post(channel.owner, channel, {"text": "pick"})
    path = f"/users/{ana}/chat/{channel_id}"
    assert await control.get(path) == {"messages": [], "refused": "CHANNEL_PRIVATE"}
    order = {"to": "umbral_bot", "channel_id": channel_id, "message_id": post.id}
    assert (await control.post(f"/users/{ana}/forward", order))["refused"] == "CHANNEL_PRIVATE"
    await control.post(f"/users/{ana}/open", {"url": control.link(channel_id)})
    messages = (await control.get(path))["messages"]
    assert [(each["kind"], each["text"]) for each in messages] == [("service", "Canal creado"), ("text", "pick")]
    assert [each.get("service") for each in messages] == [{"kind": "channel_chat_created", "title": None}, None]
    assert (await control.post(f"/users/{ana}/forward", order))["message"]["text"] == "pick"
    update = control.telegram.updates.fetch(control.bot.id)[-1]
    assert isinstance(update["message"], dict)
    assert update["message"]["forward_origin"] == {
        "type": "channel",
        "chat": {"id": channel_id, "title": "Canal", "type": "channel"},
        "message_id": post.id,
        "date": int(post.date.timestamp()),
    }
    control.telegram.channels.set_protected(channel.owner, channel, on=True)
    assert (await control.post(f"/users/{ana}/forward", order))["refused"] == "CHAT_FORWARDS_RESTRICTED"


@pytest.mark.parametrize("choice", [None, {}, {"bot": "umbral_bot"}])
async def test_blocked_bot_cannot_be_written_to_or_pressed(control: Control, choice: dict[str, str] | None) -> None:
    ana = await control.person()
    control.telegram.chats.start(ana, control.bot.id)
    message = control.say(ana, {"text": "Hola"}, [{"text": "Ver", "callback_data": "x"}])
    assert await control.post(f"/users/{ana}/block_bot", choice) == {"ok": True}
    sent = await control.post(f"/users/{ana}/send", {"to": "umbral_bot", "text": "x"})
    assert sent == {"refused": "YOU_BLOCKED_USER"}
    body = {"peer": "umbral_bot", "message_id": message, "button": "ver"}
    assert (await control.post(f"/users/{ana}/press", body))["refused"] == "YOU_BLOCKED_USER"
    assert (await control.get("/state"))["people"][0]["blocked"] == ["umbral_bot"]
    assert await control.post(f"/users/{ana}/unblock_bot", choice) == {"ok": True}
    await control.post(f"/users/{ana}/send", {"to": "umbral_bot", "text": "x"})


async def test_join_request_is_still_pending_after_five_minutes(control: Control) -> None:
    ana, channel = await control.person(), control.channel()
    await control.post(f"/users/{ana}/open", {"url": control.link(channel, request=True)})
    control.say(ana, {"text": "Un momento"})
    assert [each["text"] for each in (await control.get(f"/users/{ana}/chat/umbral_bot"))["messages"]] == ["Un momento"]
    control.world.clock.advance(timedelta(minutes=6))
    assert (await control.get(f"/channels/{channel}"))["requests"] == [ana]


async def test_deleted_account_cannot_act_and_remains_a_nameless_member(control: Control) -> None:
    ana, channel = await control.person(username="ana_k"), control.channel()
    await control.post(f"/users/{ana}/open", {"url": control.link(channel)})
    await control.post(f"/users/{ana}/send", {"to": "umbral_bot", "text": "hola"})
    seen = control.say(ana, {"text": "Hola"}, [{"text": "Ver", "callback_data": "x"}])
    assert await control.post(f"/users/{ana}/delete_account") == {"ok": True}
    assert (await control.post(f"/users/{ana}/delete_account"))["refused"] == "USER_DEACTIVATED"
    assert (await control.post(f"/users/{ana}/send", {"to": "umbral_bot", "text": "x"}))["refused"]
    pressed = await control.post(f"/users/{ana}/press", {"peer": "umbral_bot", "message_id": seen, "button": "Ver"})
    assert pressed["refused"] == "USER_DEACTIVATED"
    assert (await control.post(f"/users/{ana}/block_bot"))["refused"] == "USER_DEACTIVATED"
    assert (await control.post(f"/users/{ana}/open", {"url": control.link(channel)}))["result"] == "refused"
    members = (await control.get(f"/channels/{channel}"))["members"]
    assert {"id": ana, "name": "", "is_bot": False} in members
    assert (await control.post("/users", {"first_name": "Otra", "username": "ana_k"}))["username"] == "ana_k"
    assert len((await control.get(f"/users/{ana}/chat/umbral_bot"))["messages"]) == 2


async def test_unpaired_surrogates_are_replaced(control: Control) -> None:
    created = await control.http.post(
        "/users",
        content=rb'{"first_name": "Ana \ud83d", "username": "ana_k"}',
        headers={"Content-Type": "application/json"},
    )
    ana = created.json()["id"]
    said = await control.http.post(
        f"/users/{ana}/send",
        content=rb'{"to": "umbral_bot", "text": "x \udc00 \ud83d\ude00"}',
        headers={"Content-Type": "application/json"},
    )
    assert said.json()["message"]["text"] == "x \ufffd \U0001f600"
    [person] = [each for each in (await control.get("/state"))["people"] if each["id"] == ana]
    assert person["name"] == "Ana \ufffd"
    assert await control.person("Eva")
