"""The world through the control interface: channels, clock, calls, faults, state, reset."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.control import Control, running_control


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with running_control() as running:
        running.world.wire.known_methods["bot_api"] = {"sendMessage"}
        yield running


async def wire_call(control: Control, **params: object) -> str:
    """Make a Bot API call as the product's bot, which is logged and may get an injected fault."""
    return await control.world.wire.run(
        "bot_api", protocol="bot_api", who="umbral_bot", method="sendMessage", params=params, act=lambda: "ok"
    )


async def test_channel_is_shown_with_all_details(control: Control) -> None:
    channel_id = control.channel("Retador - Retabet - @ana")
    ana, eva = await control.person(), await control.person("Eva")
    url = control.link(channel_id, request=True)
    for person in (ana, eva):
        await control.post(f"/users/{person}/open", {"url": url})
    channel = control.telegram.channels.by_chat_id(channel_id)
    assert channel is not None
    control.telegram.joins.answer(control.bot.id, channel, ana, approved=True)
    control.telegram.members.ban(channel.owner, channel, await control.person("Mala"))
    shown = await control.get(f"/channels/{channel_id}")
    assert shown.pop("channels") == (await control.get("/channels"))["channels"]
    assert datetime.fromisoformat(shown.pop("created")) == channel.at
    owner = channel.owner
    [banned] = channel.banned
    assert shown == {
        "id": channel_id,
        "kind": "channel",
        "title": "Retador - Retabet - @ana",
        "about": "",
        "owner": owner,
        "created_by": owner,
        "protected": False,
        "admins": [
            {
                "id": control.bot.id,
                "is_bot": True,
                "rights": ["can_manage_chat", "can_invite_users", "can_post_messages"],
                "anonymous": False,
            }
        ],
        "members": [
            {"id": owner, "name": "Op", "is_bot": False},
            {"id": control.bot.id, "name": "Umbral", "is_bot": True},
            {"id": ana, "name": "Ana", "is_bot": False},
        ],
        "links": [
            {
                "url": url,
                "creator": control.bot.id,
                "primary": False,
                "request": True,
                "member_limit": None,
                "expires": None,
                "revoked": False,
                "used": 1,
                "title": "",
            }
        ],
        "requests": [eva],
        "banned": [banned],
        "messages": 1,
        "topics": {},
        "restricted": [],
        "linked": None,
    }
    await control.get("/channels/-1001", status=404)


async def test_clock_is_read_and_advanced_forward_only(control: Control) -> None:
    ticks: list[datetime] = []

    async def tick(now: datetime) -> None:
        ticks.append(now)

    control.world.on_tick(tick)
    before = await control.get("/clock")
    after = await control.post("/clock/advance", {"days": 31, "hours": 1, "minutes": 1, "seconds": 0.5})
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert timedelta(days=31, hours=1, minutes=1) < moved < timedelta(days=31, hours=1, minutes=2)
    assert after["offset_s"] == 31 * 86400 + 3660.5
    assert len(ticks) == 1
    assert datetime.fromisoformat(after["now"]).utcoffset() == timedelta(0)
    for wrong in ({"days": -1}, {"weeks": 1}, {"days": "many"}, {"days": 90_000}, {"seconds": 1e300}):
        assert "error" in await control.post("/clock/advance", wrong, status=400)
    assert (await control.get("/clock"))["offset_s"] == after["offset_s"]


async def test_logged_calls_after_a_given_id_are_listed(control: Control) -> None:
    await wire_call(control, chat_id=1, text="Hola")
    await wire_call(control, chat_id=2, text="Hola")
    first, second = (await control.get("/calls"))["calls"]
    assert (first["method"], first["params"], first["state"]) == ("sendMessage", {"chat_id": 1, "text": "Hola"}, "done")
    assert (await control.get(f"/calls?after={first['id']}"))["calls"] == [second]
    await control.get("/calls?after=x", status=400)


async def test_faults_are_enabled_listed_and_disabled(control: Control) -> None:
    fault = {"on": "bot_api", "do": "flood", "method": "sendMessage", "seconds": 30.0, "times": 2}
    assert await control.call("PUT", "/faults", [fault]) == {"faults": [fault]}
    assert await control.get("/faults") == {"faults": [fault]}
    assert (await control.get("/state"))["faults"] == [fault]
    assert await control.call("PUT", "/faults", []) == {"faults": []}


@pytest.mark.parametrize(
    "fault",
    [
        {"on": "bot_api", "do": "flood", "method": "sendMassage"},
        {"on": "mail", "do": "error"},
        {"on": "bot_api", "do": "reorder"},
        {"on": "bot_api"},
        {"on": "bot_api", "do": "error", "code": 20},
        {"on": "bot_api", "do": "error", "times": 0},
        {"on": "bot_api", "do": "error", "why": "fun"},
    ],
)
async def test_invalid_fault_responds_with_400(control: Control, fault: dict[str, Any]) -> None:
    kept = [{"on": "bot_api", "do": "error"}]
    await control.call("PUT", "/faults", kept)
    assert "error" in await control.call("PUT", "/faults", [fault], status=400)
    assert (await control.get("/faults"))["faults"] == kept


async def test_held_calls_are_listed_and_released(control: Control) -> None:
    await control.call("PUT", "/faults", [{"on": "bot_api", "do": "hold_before", "times": 1}])
    held = asyncio.create_task(wire_call(control))
    async with asyncio.timeout(90):
        while not (await control.get("/calls"))["calls"]:
            await control.world.feed.wait(1)
    assert [call["state"] for call in (await control.get("/calls"))["calls"]] == ["held"]
    assert await control.post("/faults/release") == {"released": 1}
    assert await held == "ok"
    assert [call["state"] for call in (await control.get("/calls"))["calls"]] == ["done"]


async def test_releasing_calls_up_to_an_id_keeps_later_calls_held(control: Control) -> None:
    await control.call("PUT", "/faults", [{"on": "bot_api", "do": "hold_before"}])
    held = [asyncio.create_task(wire_call(control)) for _ in range(2)]
    async with asyncio.timeout(90):
        while len(calls := (await control.get("/calls"))["calls"]) < 2:
            await control.world.feed.wait(1)
        assert await control.post(f"/faults/release?until={calls[0]['id']}") == {"released": 1}
        await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
    assert [call["state"] for call in (await control.get("/calls"))["calls"]] == ["done", "held"]
    assert await control.post("/faults/release") == {"released": 1}
    assert await asyncio.gather(*held) == ["ok", "ok"]


async def test_state_shows_people_bots_chats_channels_and_provider_data_without_bot_tokens(control: Control) -> None:
    ana = await control.person(language_code="es")
    control.telegram.chats.start(ana, control.bot.id)
    channel = control.channel()
    account = control.telegram.accounts.all()[0]
    code = control.telegram.accounts.send_code(account.phone or "")
    control.world.state_parts["stripe"] = lambda: {"sessions": []}
    state = await control.get("/state")
    people = {person["id"]: person for person in state["people"]}
    assert people[ana]["language_code"] == "es"
    assert "phone" not in people[ana]
    assert (people[account.id]["phone"], people[account.id]["login_code"]) == (account.phone, code.code)
    assert [bot["username"] for bot in state["bots"]] == ["umbral_bot"]
    assert state["chats"] == [{"person": ana, "bot": control.bot.id, "started": True, "blocked": False, "messages": 1}]
    assert [each["id"] for each in state["channels"]] == [channel]
    assert state["stripe"] == {"sessions": []}
    assert control.bot.token not in str(state)


async def test_reset_removes_all_people_bots_chats_channels_and_calls_and_resets_the_clock(control: Control) -> None:
    await control.person()
    control.channel()
    await wire_call(control)
    await control.post("/clock/advance", {"days": 1})
    assert await control.post("/reset") == {"ok": True}
    state = await control.get("/state")
    assert (state["people"], state["bots"], state["chats"], state["channels"]) == ([], [], [], [])
    assert (await control.get("/calls"))["calls"] == []
    assert (await control.get("/clock"))["offset_s"] == 0


async def test_demo_cannot_be_reset() -> None:
    async with running_control(demo=True) as control:
        ana = await control.person()
        assert "demo" in (await control.post("/reset", status=409))["error"]
        assert [person["id"] for person in (await control.get("/state"))["people"]] == [ana]
