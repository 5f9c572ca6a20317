"""`umbral mcp` against the real web process, used through the protocol's own client."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client, types

from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.api_key import Ability, ApiKey, digest_of, new_secret
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.support.features import runs
from tests.support.website import Website
from umbral.cli import main

READS = {
    "api": {
        *("get_customer", "get_access", "see_reports", "get_tax_report", "get_tax_report_file"),
        *("list_customers", "list_subscriptions", "list_payments", "list_plans", "list_resources"),
    },
    "broadcasts": {"see_broadcast"},
    "evidence": {"get_evidence", "get_evidence_document"},
    "picks": {"get_pick"},
    "tokens": {"list_codes"},
}
WRITES = {
    "broadcasts": {"send_broadcast", "edit_broadcast", "withdraw_broadcast", "stop_broadcast", "resume_broadcast"},
    "picks": {"send_pick", "edit_pick", "withdraw_pick"},
    "record": {"send_result"},
}


def offered(tools: Mapping[str, set[str]]) -> set[str]:
    """Return the tools of the features enabled in this run."""
    return {tool for feature, names in tools.items() if runs(feature) for tool in names}


async def key_for(site: Website, *able: Ability) -> str:
    secret = new_secret()
    key = ApiKey(name=secret[-8:], digest=digest_of(secret), abilities=frozenset(able), created_at=NOON)
    await site.give(key)
    return secret


@asynccontextmanager
async def asking(site: Website, key: str, log: Path, *options: str) -> AsyncIterator[Client]:
    """Yield the protocol's client connected to a server that the client starts. log: file for the stderr of the
    server.
    """
    environ = {**os.environ, "UMBRAL_API_KEY": key}
    words = ["-m", "umbral", "mcp", site.url, *options]
    server = StdioServerParameters(command=sys.executable, args=words, env=environ)
    with log.open("w") as said_beside:
        async with Client(stdio_client(server, errlog=said_beside)) as client:
            yield client


def said(result: types.CallToolResult) -> str:
    (part,) = result.content
    assert isinstance(part, types.TextContent)
    return part.text


async def test_language_model_reads_lists_and_a_key_without_permission_is_refused(
    site: Website, tmp_path: Path
) -> None:
    async with site.container.core.units()() as uow:
        for number in range(3):
            await uow.customers.save(samples.customer(first_name=f"Persona {number}"))
        await uow.commit()
    async with asking(site, await key_for(site, Ability.CUSTOMERS), tmp_path / "heard") as client:
        tools = {each.name: each for each in (await client.list_tools()).tools}
        page = json.loads(said(await client.call_tool("list_customers", {"limit": 2})))
        rest = json.loads(said(await client.call_tool("list_customers", {"limit": 2, "cursor": page["next"]})))
        refused = await client.call_tool("list_payments", {})
        wrong = await client.call_tool("list_customers", {"limit": 0})
        unknown = await client.call_tool("send_broadcast", {})
        elsewhere = [
            await client.call_tool("get_customer", {"telegram_id": wrong})
            for wrong in ("7?x=1", "7/access", "..", "ñ#")
        ]
        misspelt = await client.call_tool("list_customers", {"limits": 2})

    assert set(tools) == offered(READS)
    assert all(each.annotations and each.annotations.read_only_hint for each in tools.values())
    assert tools["list_customers"].input_schema["properties"]["limit"]["maximum"] == 100
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert (refused.is_error, json.loads(said(refused))["status"]) == (True, 403)
    assert (wrong.is_error, list(json.loads(said(wrong))["errors"])) == (True, ["limit"])
    assert [each.is_error for each in (*elsewhere, misspelt)] == [True] * 5
    assert [json.loads(said(each))["status"] for each in (*elsewhere[:2], elsewhere[3])] == [422] * 3
    assert (said(elsewhere[2]), "limits" in said(misspelt)) == ("telegram_id: is no id", True)
    assert (unknown.is_error, said(unknown)) == (True, "there is no tool send_broadcast")


@pytest.mark.skipif(not runs("broadcasts"), reason="broadcasts are the example of this test")
async def test_tools_that_change_data_are_offered_only_with_the_write_option_and_run_once_per_key(
    site: Website, tmp_path: Path
) -> None:
    # The body of a broadcast has its own schemas, which are nested in the tool's schema.
    tomorrow = (site.container.core.clock().now() + timedelta(days=1)).isoformat()
    words = {"text": "Hoy no hay picks", "audience": {"segment": "all"}, "at": tomorrow}
    async with asking(site, await key_for(site, Ability.BROADCASTS), tmp_path / "heard", "--write") as client:
        tools = {each.name: each for each in (await client.list_tools()).tools}
        once = json.loads(said(await client.call_tool("send_broadcast", {"Idempotency-Key": "a", "body": words})))
        again = json.loads(said(await client.call_tool("send_broadcast", {"Idempotency-Key": "a", "body": words})))
        seen = json.loads(said(await client.call_tool("see_broadcast", {"broadcast_id": once["id"]})))
        stopped = json.loads(said(await client.call_tool("stop_broadcast", {"broadcast_id": once["id"]})))
        astray = await client.call_tool("see_broadcast", {"broadcast_id": f"{once['id']}?limit=1"})

    state_of = site.container.core.features().state_of
    commands = {name for name, command in COMMANDS.items() if state_of(command) is not FeatureState.OFF}
    assert set(tools) == offered(READS) | offered(WRITES) | commands
    assert tools["send_broadcast"].annotations is not None
    assert tools["send_broadcast"].annotations.destructive_hint
    assert tools["send_broadcast"].input_schema["properties"]["body"]["properties"]["audience"] == {
        "$ref": "#/$defs/AudienceIn"
    }
    assert (again["id"], seen["id"], stopped["id"]) == (once["id"],) * 3
    # A broadcast that was stopped before it started is a draft again.
    assert (seen["status"], stopped["status"]) == (once["status"], "draft")
    assert once["status"] != "draft"
    assert (astray.is_error, json.loads(said(astray))["status"]) == (True, 422)


def test_mcp_command_without_an_api_key_or_with_an_unencrypted_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("UMBRAL_API_KEY", raising=False)
    assert main(["mcp", "https://example.com"]) == 1
    monkeypatch.setenv("UMBRAL_API_KEY", "umbral_x")
    for address in ("http://example.com", "example.com"):
        assert main(["mcp", address]) == 1
    assert main(["mcp", "http://127.0.0.1:9"]) == 1
    missing, plain, bare, nobody = capsys.readouterr().err.splitlines()
    assert "UMBRAL_API_KEY is missing" in missing
    assert "https://" in plain
    assert "https://" in bare
    assert "does not tell what its API can do" in nobody
    assert "umbral_x" not in nobody


@pytest.mark.parametrize("address", ["https://example.com/bot", "https://ana:hunter2@example.com", "https://a.b?x=1"])
def test_address_with_a_path_a_password_or_a_query_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UMBRAL_API_KEY", "umbral_x")
    assert main(["mcp", address]) == 1
    said = capsys.readouterr().err
    assert said.startswith("umbral mcp: the address ")
    assert "hunter2" not in said
