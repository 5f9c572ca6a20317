"""The control interface: access, errors, OpenAPI description and stream of events."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.control import BASE, Control, running_control
from tests.support.plain_http import plain_http
from umbral_sandbox.control import control_app
from umbral_sandbox.control.access import Room
from umbral_sandbox.server import Sandbox
from umbral_sandbox.world.world import World


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with running_control() as running:
        yield running


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": BASE},
        {"Host": "localhost:8080"},
        {"Host": "[::1]:8080", "Origin": "http://[::1]:8080"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.2:8080"},
    ],
)
async def test_requests_with_local_host_and_origin_have_access(control: Control, headers: dict[str, str]) -> None:
    assert (await control.http.get("/clock", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "sandbox.example"},
        {"Host": "127.0.0.1.example:8080"},
        {"Host": "192.168.1.5:8080"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8080"},
    ],
)
async def test_foreign_hosts_and_origins_are_refused(control: Control, headers: dict[str, str]) -> None:
    answer = await control.http.post("/clock/advance", json={"days": 1}, headers=headers)
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]
    assert (await control.get("/clock"))["offset_s"] == 0


async def test_remote_callers_are_refused() -> None:
    transport = httpx.ASGITransport(control_app(Room(World(), demo=False)), client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        assert (await http.get("/clock")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/nothing", b"", 404),
        ("DELETE", "/clock", b"", 405),
        ("POST", "/users", b"{not json", 400),
        ("POST", "/users", b"[]", 400),
        ("POST", "/users", b'{"first_name": "Ana", "admin": true}', 400),
        ("GET", "/users/x/chat/umbral_bot", b"", 400),
    ],
)
async def test_error_response_has_only_a_text_and_a_4xx_status(
    control: Control, method: str, path: str, content: bytes, status: int
) -> None:
    answer = await control.http.request(method, path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert isinstance(answer.json()["error"], str)


async def test_openapi_description_lists_every_documented_call(control: Control) -> None:
    user = "/users/{user_id}"
    described = {
        (method.upper(), path)
        for path, operations in control.described.description["paths"].items()
        for method in operations
    }
    assert described == {
        ("GET", "/state"),
        ("POST", "/users"),
        ("POST", f"{user}/send"),
        ("GET", f"{user}/chat/{{peer}}"),
        ("POST", f"{user}/press"),
        ("POST", f"{user}/open"),
        ("POST", f"{user}/open_app"),
        ("POST", f"{user}/edit"),
        ("POST", f"{user}/share_chat"),
        ("POST", f"{user}/link_group"),
        ("POST", "/chats"),
        ("POST", "/channels/{channel_id}/upgrade"),
        ("POST", f"{user}/forward"),
        ("POST", f"{user}/edit_channel"),
        ("POST", f"{user}/delete_channel"),
        ("POST", f"{user}/forward_words"),
        ("POST", f"{user}/post"),
        ("POST", f"{user}/edit_post"),
        ("POST", f"{user}/delete_post"),
        ("POST", f"{user}/set_admin"),
        ("POST", f"{user}/ban"),
        ("POST", f"{user}/pay_stars"),
        ("POST", f"{user}/decline_stars"),
        ("POST", f"{user}/leave"),
        ("POST", f"{user}/cancel_request"),
        ("POST", f"{user}/block_bot"),
        ("POST", f"{user}/unblock_bot"),
        ("GET", "/channels"),
        ("POST", "/channels/{channel_id}/delete"),
        ("POST", "/channels/{channel_id}/demote"),
        ("POST", "/channels/{channel_id}/topics/{thread}/delete"),
        ("POST", f"{user}/delete_account"),
        ("GET", "/channels/{channel_id}"),
        ("GET", "/clock"),
        ("POST", "/clock/advance"),
        ("GET", "/calls"),
        ("GET", "/faults"),
        ("PUT", "/faults"),
        ("POST", "/faults/release"),
        ("GET", "/events"),
        ("POST", "/reset"),
        ("GET", "/checkouts"),
        ("POST", "/checkouts/{checkout}/{action}"),
        ("GET", "/subscriptions"),
        ("POST", "/subscriptions/{provider}/{subscription}/{action}"),
        ("GET", "/payments"),
        ("POST", "/payments/{provider}/{payment}/{action}"),
        ("GET", "/deliveries"),
        ("GET", "/deliveries/{delivery}"),
        ("POST", "/deliveries/{delivery}/again"),
        ("PUT", "/matches/{number}"),
        ("GET", "/providers"),
        ("POST", "/providers/{provider}"),
        ("POST", "/providers/{provider}/demo"),
        ("POST", "/setup"),
    }


async def test_openapi_description_names_the_path_of_the_control_interface(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as http:
        description = (await http.get("/control/openapi.json")).json()
        assert description["servers"] == [{"url": "/control"}]
        assert (await http.get("/control/state")).status_code == 200


async def test_change_sends_an_event_with_a_higher_revision(sandbox: Sandbox) -> None:
    async with (
        asyncio.timeout(90),
        plain_http(base_url=sandbox.url) as http,
        http.stream("GET", "/control/events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        first = await next_event(lines)
        await http.post("/control/users", json={"first_name": "Ana"})
        second = await next_event(lines)
    assert first["type"] == second["type"] == "changed"
    assert second["revision"] > first["revision"]


async def next_event(lines: AsyncIterator[str]) -> dict[str, int]:
    """Return the data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            found: dict[str, int] = json.loads(line.removeprefix("data: "))
            return found
    raise AssertionError("the stream ended")
