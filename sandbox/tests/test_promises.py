"""SANDBOX.md agrees with the sandbox: the documented calls, methods, faults and options are exactly the supported ones,
and the documented differences from the real services are those that the sandbox states.
"""

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
    """Return the part of SANDBOX.md between two phrases."""
    return PROMISED.partition(begins)[2].partition(ends)[0]


async def test_documented_calls_match_the_description(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as http:
        paths = (await http.get("/control/openapi.json")).json()["paths"]
    described = [f"{method.upper()} /control{path}" for path, methods in paths.items() for method in methods]

    listed = re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", PROMISED, re.MULTILINE)

    assert sorted(listed) == sorted(described)


@pytest.mark.parametrize(
    ("protocol", "begins"), [("bot_api", "Bot API methods:"), ("mtproto", "MTProto calls:")], ids=["bot_api", "mtproto"]
)
def test_documented_methods_match_the_supported_methods(sandbox: Sandbox, protocol: str, begins: str) -> None:
    listed = re.findall(r"`(\w+)`", section(begins, "\n\n"))

    assert listed == sorted(sandbox.world.wire.known_methods[protocol])


def test_documented_faults_match_the_supported_faults() -> None:
    listed = " ".join(PROMISED.split()).partition("`do` for webhooks: ")[2]

    assert set(re.findall(r"`(\w+)`", listed)) == CALL_FAULTS | NAMED_FAULTS | WEBHOOK_FAULTS


def test_documented_options_match_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(["--help"], command="umbral-sandbox")
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}

    assert set(re.findall(r"--[a-z-]+", section("`umbral-sandbox ", "`\n"))) == known


async def test_documented_differences_from_real_services_match_those_stated_by_the_sandbox(sandbox: Sandbox) -> None:
    async with plain_http(base_url=sandbox.url) as http:
        told = (await http.get("/control/state")).json()["differences"]
    listed = section("## Otherwise than in reality", "\n## ").partition("- ")[2].split("\n- ")

    assert [" ".join(each.split()) for each in listed] == told
