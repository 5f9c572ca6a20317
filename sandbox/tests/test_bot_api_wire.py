"""The Bot API over HTTP: request formats, bot tokens and injected faults."""

import json

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter, TelegramServerError

from tests.sandbox.conftest import Scene
from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.faults import Fault, WrongFault


@pytest.fixture
def base(scene: Scene) -> str:
    """Return the address of the bot's methods."""
    return f"{scene.sandbox.url}/bot{scene.bot.token}"


async def test_all_encodings_of_a_request_are_equivalent(scene: Scene, base: str) -> None:
    values = {"chat_id": scene.customer.id, "text": "hé & <b>"}
    form = {name: str(value) for name, value in values.items()}
    async with plain_http() as client:
        answers = [
            await client.post(f"{base}/sendMessage", json=values),
            await client.post(f"{base}/sendMessage", data=form),
            await client.post(f"{base}/sendmessage", files={name: (None, value) for name, value in form.items()}),
            await client.get(f"{base}/SendMessage", params=form),
            await client.post(f"{base}/sendMessage", params={"chat_id": form["chat_id"]}, json={"text": "hé & <b>"}),
        ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["hé & <b>"] * 5


async def test_unknown_tokens_and_methods_are_refused(scene: Scene, base: str) -> None:
    async with plain_http() as client:
        wrong = await client.get(f"{scene.sandbox.url}/bot{scene.bot.id}:wrong/getMe")
        malformed = await client.get(f"{scene.sandbox.url}/botnonsense/getMe")
        unknown = await client.get(f"{base}/sendTelepathy")
    assert (wrong.status_code, wrong.json()) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert malformed.json()["description"] == "Unauthorized: invalid token specified"
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, 404)


@pytest.mark.parametrize(
    ("content_type", "body", "reason"),
    [
        ("application/json", b"{", "can't parse JSON object"),
        ("application/json", b"[]", "JSON object expected as the request body"),
        ("application/json", b'{"text": "\xff"}', "can't parse JSON object"),
        ("application/x-www-form-urlencoded", b"text=%ff", "strings must be encoded in UTF-8"),
        ("multipart/form-data", b"x", "can't parse multipart form"),
        ("text/plain", b"x", "unsupported content type"),
    ],
)
async def test_unreadable_bodies_are_refused(base: str, content_type: str, body: bytes, reason: str) -> None:
    async with plain_http() as client:
        answer = await client.post(f"{base}/sendMessage", content=body, headers={"content-type": content_type})
    assert answer.status_code == 400
    assert reason in answer.json()["description"]


async def test_unknown_parameter_is_refused_and_logged(scene: Scene) -> None:
    refusal = await scene.refused("sendMessage", chat_id=scene.customer.id, text="x", parse_made="HTML")
    assert refusal == (400, 'Bad Request: unknown parameter "parse_made"')
    call = scene.world.wire.calls()[-1]
    assert (call.who, call.method, call.state) == ("shop_bot", "sendMessage", "failed")
    assert call.error == refusal[1]
    assert call.params["parse_made"] == "HTML"


async def test_flood_and_error_faults_raise_the_errors_of_the_client(scene: Scene, bot: Bot) -> None:
    wire = scene.world.wire
    wire.set_faults([Fault(on="bot_api", do="flood", method="sendMessage", times=1, seconds=7)])
    with pytest.raises(TelegramRetryAfter) as flooded:
        await bot.send_message(scene.customer.id, "x")
    assert flooded.value.retry_after == 7
    wire.set_faults([Fault(on="bot_api", do="error_after", code=502, times=1)])
    with pytest.raises(TelegramServerError):
        await bot.send_message(scene.customer.id, "done all the same")
    messages = scene.telegram.chats.messages(scene.customer.id, scene.bot.id)
    assert [message.text for message in messages if message.sender == scene.bot.id] == ["done all the same"]
    with pytest.raises(WrongFault):
        wire.set_faults([Fault(on="bot_api", do="error", method="sendTelepathy")])


@pytest.mark.parametrize(("fault", "sent"), [("drop_before", 0), ("drop_after", 1)])
async def test_connection_fault_gives_no_response_before_or_after_the_call_is_executed(
    scene: Scene, base: str, fault: str, sent: int
) -> None:
    scene.world.wire.set_faults([Fault(on="bot_api", do=fault, times=1)])
    async with plain_http() as client:
        with pytest.raises(httpx.TransportError):
            await client.post(f"{base}/sendMessage", json={"chat_id": scene.customer.id, "text": "x"})
    messages = scene.telegram.chats.messages(scene.customer.id, scene.bot.id)
    assert sum(message.sender == scene.bot.id for message in messages) == sent


async def test_garbage_fault_returns_invalid_json(scene: Scene) -> None:
    scene.world.wire.set_faults([Fault(on="bot_api", do="garbage", times=1)])
    answer = await scene.call("getMe")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (await scene.call("getMe")).json()["ok"] is True


async def test_bot_token_of_one_sandbox_is_refused_by_another_sandbox(sandbox: Sandbox, scene: Scene) -> None:
    async with running_sandbox(seed=5) as other, plain_http() as client:
        assert other.url != sandbox.url
        assert (await client.get(f"{other.url}/bot{scene.bot.token}/getMe")).status_code == 401
        assert (await scene.call("getMe")).status_code == 200
