"""SANDBOX.md is true: the calls it lists are the ones that are described, the methods the ones that are spoken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.plain_http import plain_http
from umbral_sandbox.main import run
from umbral_sandbox.server import Sandbox
from umbral_sandbox.world.faults import CALL_FAULTS, NAMED_FAULTS, WEBHOOK_FAULTS

PROMISED = (Path(__file__).resolve().parents[1] / "SANDBOX.md").read_text()


def section(begins: str, ends: str) -> str:
    """What stands between two texts of the document."""
    return PROMISED.partition(begins)[2].partition(ends)[0]


async def test_the_calls_are_those_that_are_described(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as http:
        paths = (await http.get("/control/openapi.json")).json()["paths"]
    described = [f"{method.upper()} /control{path}" for path, methods in paths.items() for method in methods]

    listed = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", PROMISED, re.MULTILINE)

    assert sorted(listed) == sorted(described)


@pytest.mark.parametrize(
    ("protocol", "begins"), [("bot_api", "Bot API methods:"), ("mtproto", "MTProto calls:")], ids=["bot_api", "mtproto"]
)
def test_the_methods_are_those_that_are_spoken(sandbox: Sandbox, protocol: str, begins: str) -> None:
    listed = re.findall(r"`(\w+)`", section(begins, "\n\n"))

    assert listed == sorted(sandbox.world.wire.known_methods[protocol])


def test_the_faults_are_those_that_can_be_switched_on() -> None:
    listed = " ".join(PROMISED.split()).partition("`do` for webhooks: ")[2]

    assert set(re.findall(r"`(\w+)`", listed)) == CALL_FAULTS | NAMED_FAULTS | WEBHOOK_FAULTS


def test_the_options_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"], command="umbral-sandbox")
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}

    assert set(re.findall(r"--[a-z-]+", section("`umbral-sandbox ", "`\n"))) == known


async def test_what_differs_stands_in_one_list(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as http:
        told = (await http.get("/control/state")).json()["differences"]
    listed = section("## Otherwise than in reality", "\n## ").partition("- ")[2].split("\n- ")

    assert [" ".join(each.split()) for each in listed] == told
