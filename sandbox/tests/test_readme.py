"""The two external programs of README.md, unchanged, against a running sandbox."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
PATIENCE_S = 60


def program(heading: str) -> str:
    """Return the Python code under a heading of README.md."""
    block = re.search(rf"^## {heading}$.*?^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert block is not None, heading
    return block[1]


@asynccontextmanager
async def running(code: str, sandbox: Sandbox, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program as its author would, until the block ends."""
    (folder / "program.py").write_text(code)
    proxied = {"http_proxy", "https_proxy", "all_proxy"}
    environment = {name: value for name, value in os.environ.items() if name.lower() not in proxied}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "program.py",
        cwd=folder,
        env=environment | {"SANDBOX": sandbox.url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def begun(http: httpx.AsyncClient, username: str, process: asyncio.subprocess.Process) -> None:
    """Wait until a bot with this username exists."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(bot["username"] == username for bot in (await http.get("/state")).json()["bots"]):
            if process.returncode is not None:
                assert process.stdout is not None
                raise AssertionError((await process.stdout.read()).decode())
            await asyncio.sleep(0.05)


async def test_bot_of_the_readme_answers_a_message(sandbox: Sandbox, tmp_path: Path) -> None:
    async with (
        plain_http(base_url=f"{sandbox.url}/control", timeout=PATIENCE_S) as http,
        running(program("Connect your bot"), sandbox, tmp_path) as process,
    ):
        await begun(http, "echo_bot", process)
        person = (await http.post("/users", json={"first_name": "Ana"})).json()["id"]
        sent = (await http.post(f"/users/{person}/send", json={"to": "echo_bot", "text": "hola"})).json()
        chat = f"/users/{person}/chat/echo_bot"
        heard: list[dict[str, Any]] = (
            await http.get(chat, params={"after": sent["message"]["seq"], "wait_s": 30})
        ).json()["messages"]

    assert [message["text"] for message in heard] == ["You said: hola"]


async def test_client_of_the_readme_creates_a_channel(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(program("Connect your client"), sandbox, tmp_path) as process, asyncio.timeout(PATIENCE_S):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()

    async with plain_http(base_url=f"{sandbox.url}/control") as http:
        (channel,) = (await http.get("/channels")).json()["channels"]
        owner = next(each for each in (await http.get("/state")).json()["people"] if each.get("phone") == "34600000001")
    assert (channel["title"], channel["owner"], channel["about"]) == ("News", owner["id"], "about nothing")
    assert said.decode().strip() in {link["url"] for link in channel["links"] if not link["revoked"]}
