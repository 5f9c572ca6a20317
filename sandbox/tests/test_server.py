"""The complete sandbox: start, set-up, stop."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.plain_http import plain_http
from umbral_sandbox.listener import bound_socket
from umbral_sandbox.main import run
from umbral_sandbox.server import Sandbox, running_sandbox

SCENE = {
    "bots": [{"username": "shop_bot", "name": "Shop"}, {"username": "picks_bot", "name": "Picks"}],
    "accounts": [{"first_name": "Canales", "phone": "+34600000001"}],
    "people": [{"first_name": "Ana", "username": "ana_k", "language_code": "en"}],
    "operator": {"first_name": "Olga", "username": "olga_op", "started": ["shop_bot"]},
    "channels": [
        {
            "title": "VIP",
            "owner": "34600000001",
            "protected": True,
            "admins": [
                {"username": "shop_bot", "rights": ["can_invite_users"]},
                {"username": "olga_op", "rights": ["can_post_messages"]},
            ],
            "posts": ["Hola"],
        }
    ],
}


async def test_setup_is_idempotent(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as client:
        first = await client.post("/control/setup", json=SCENE)
        second = await client.post("/control/setup", json=SCENE)
        assert first.status_code == 200, first.text
        assert second.json() == first.json()
        scene = first.json()
        token = scene["bots"][0]["token"]
        assert (await client.get(f"/bot{token}/getMe")).json()["result"]["username"] == "shop_bot"
        updates = (await client.get(f"/bot{token}/getUpdates")).json()["result"]
        assert [update["message"]["from"]["id"] for update in updates if "message" in update] == [
            scene["operator"]["id"]
        ]
        (channel,) = (await client.get("/control/channels")).json()["channels"]
        assert channel["id"] == scene["channels"][0]["id"]
        assert channel["protected"] is True
        assert [admin["id"] for admin in channel["admins"]] == [scene["bots"][0]["id"], scene["operator"]["id"]]
        assert [link["revoked"] for link in channel["links"]] == [True]
        read = await client.get(f"/control/users/{scene['operator']['id']}/chat/{channel['id']}")
        assert [message["text"] for message in read.json()["messages"] if message["kind"] == "text"] == ["Hola"]
        assert scene["accounts"][0]["session"].startswith("1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"robots": []},
        {"bots": [{"username": "shop", "name": "x"}]},
        {"people": [{"first_name": "Ana", "started": ["nobody_bot"]}]},
        {"channels": [{"title": "x", "owner": "1"}]},
    ],
)
async def test_invalid_setup_is_refused(sandbox: Sandbox, wrong: dict[str, object]) -> None:
    async with plain_http(base_url=sandbox.url) as client:
        answer = await client.post("/control/setup", json=wrong)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


async def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    sessions = []
    for _ in range(2):
        async with running_sandbox(data_dir=tmp_path) as running, plain_http() as client:
            answer = await client.post(f"{running.url}/control/setup", json=SCENE)
            sessions.append(answer.json()["accounts"])
    assert sessions[0] == sessions[1]


async def test_page_control_interface_and_public_key_are_available_after_start(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as client:
        assert (await client.get("/")).headers["content-type"].startswith("text/html")
        assert (await client.get("/control/state")).status_code == 200
        assert (await client.get("/control/openapi.json")).json()["paths"]
    assert sandbox.mtproto_public_key.read_text().startswith("-----BEGIN RSA PUBLIC KEY-----")


async def test_demo_cannot_be_reset(sandbox: Sandbox) -> None:
    async with plain_http() as client:
        assert (await client.post(f"{sandbox.url}/control/reset")).status_code == 200
        async with running_sandbox(demo=True) as demo:
            assert (await client.post(f"{demo.url}/control/reset")).status_code == 409


@pytest.fixture
def ready_file(tmp_path: Path) -> Path:
    """Return the path of the ready file."""
    return tmp_path / "ready.json"


@pytest.fixture
def process(ready_file: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Provide the sandbox as a separate process."""
    options = ["--ready-file", str(ready_file), "--data-dir", str(tmp_path / "world")]
    with subprocess.Popen([sys.executable, "-m", "umbral_sandbox", *options]) as running:
        yield running
        running.kill()


def _ready(ready_file: Path, process: subprocess.Popen[bytes]) -> dict[str, object]:
    until = time.monotonic() + 90
    while not ready_file.exists():
        assert process.poll() is None
        assert time.monotonic() < until
        os.sched_yield()
    facts = json.loads(ready_file.read_text())
    assert isinstance(facts, dict)
    return facts


def test_process_writes_its_ready_file_and_stops_in_time(ready_file: Path, process: subprocess.Popen[bytes]) -> None:
    facts = _ready(ready_file, process)
    assert facts["pid"] == process.pid
    assert Path(str(facts["mtproto_public_key"])).exists()
    made = httpx.post(f"{facts['sandbox']}/control/setup", json=SCENE, trust_env=False, timeout=90)
    token = made.json()["bots"][0]["token"]
    poll = f"{facts['sandbox']}/bot{token}/getUpdates?timeout=50&offset=900000000"
    with httpx.stream("GET", f"{facts['sandbox']}/control/events", trust_env=False):
        waiting = subprocess.Popen([sys.executable, "-c", f"import urllib.request as u; u.urlopen('{poll}').read()"])
        while httpx.get(poll.replace("timeout=50", "timeout=0"), trust_env=False, timeout=90).status_code == 200:
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        # Sooner than the long poll of 50 s; a busy machine takes some seconds to stop.
        assert process.wait(40) == 0
        assert waiting.wait(90) == 0
    assert not ready_file.exists()


@pytest.mark.parametrize("options", [["--host", "192.0.2.1"], ["--port", "x"], ["--prot", "1"]])
def test_invalid_options_are_refused(options: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(options)
    assert caught.value.code == 2


def test_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["--port", str(taken.getsockname()[1])]) == 2
    assert "cannot start" in capsys.readouterr().err


async def test_listener_disables_the_nagle_algorithm() -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    server = await asyncio.start_server(connected, sock=bound_socket("127.0.0.1", 0))
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await asyncio.wait_for(at_once, 90) != 0
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
