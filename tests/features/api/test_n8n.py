"""The n8n workflow: Node.js runs its nodes as n8n would, and their requests go to the real API."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright._impl._driver import compute_driver_executable
from standardwebhooks.webhooks import Webhook

from subscriptions.domain.entities.api_key import Ability
from tests.support.api_client import key_for
from tests.support.website import Website

WORKFLOW = Path(__file__).parents[3] / "examples" / "webhooks" / "n8n.json"
SECRET = f"whsec_{base64.b64encode(b'a secret of a receiver of ours').decode()}"
NODE = """
const { workflow, item, env } = JSON.parse(require('fs').readFileSync(0));
const named = Object.fromEntries(workflow.nodes.map((node) => [node.name, node]));
const after = (name) => (workflow.connections[name]?.main[0] ?? []).map((way) => named[way.node]);
const said = (text, $json) => !text.startsWith('=') ? text
  : text.slice(1).replace(/{{(.*?)}}/gs, (_, code) => new Function('$json', '$env', `return ${code}`)($json, env));
const $input = { first: () => item };
const verify = named['Verify'].parameters.jsCode;
const [{ json }] = new Function('$input', '$env', 'require', verify)($input, env, require);
const fits = ({ parameters }) => parameters.conditions.conditions.every(
  (each) => said(each.leftValue, json) === each.rightValue);
const asked = after('Verify').filter(fits).flatMap((node) => after(node.name)).map(({ parameters: asks }) => ({
  method: asks.method,
  url: said(asks.url, json),
  params: Object.fromEntries((asks.queryParameters?.parameters ?? []).map((each) => [each.name, each.value])),
  headers: Object.fromEntries(
    (asks.headerParameters?.parameters ?? []).map((each) => [each.name, said(each.value, json)])),
  json: asks.sendBody ? JSON.parse(said(asks.jsonBody, json)) : null,
}));
console.log(JSON.stringify(asked));
"""


async def run(site: Website, kind: str, secret: str = SECRET) -> list[dict[str, Any]]:
    """Run the workflow for a webhook event signed with `secret`, and return the requests that the workflow would send.
    Raises RuntimeError if the workflow refuses the event.
    """
    event = {"type": kind, "data": {"customer": {"telegram_id": 7}, "subscription": {"plan": "retabet"}}}
    body, at = json.dumps(event), datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", at, body),
    }
    item = {"json": {"headers": headers}, "binary": {"data": {"data": base64.b64encode(body.encode()).decode()}}}
    env = {"UMBRAL_WEBHOOK_SECRET": SECRET, "UMBRAL_URL": site.url}
    given = {"workflow": json.loads(WORKFLOW.read_text()), "item": item, "env": env}
    node = await asyncio.create_subprocess_exec(
        *(compute_driver_executable()[0], "-e", NODE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    out, err = await node.communicate(json.dumps(given).encode())
    if node.returncode != 0:
        raise RuntimeError(err.decode())
    asked: list[dict[str, Any]] = json.loads(out)
    return asked


async def test_api_requests_of_the_n8n_workflow_succeed_and_a_repeated_event_creates_one_code(
    client: httpx.AsyncClient, site: Website
) -> None:
    key = await key_for(site, Ability.PAYMENTS, Ability.MAKE_CODES)
    asked = await run(site, "payment.received")
    assert [(each["method"], each["url"].removeprefix(site.url)) for each in asked] == [
        ("GET", "/api/v1/payments"),
        ("POST", "/api/v1/codes"),
    ]

    async def ask(each: dict[str, Any]) -> httpx.Response:
        return await client.request(**{**each, "headers": each["headers"] | key})

    payments, code = [await ask(each) for each in asked]
    assert (payments.status_code, code.status_code) == (200, 201), code.text
    assert code.json()["codes"][0]["link"].startswith("https://t.me/")
    assert (await ask((await run(site, "payment.received"))[1])).json() == code.json()


async def test_n8n_workflow_sends_no_request_for_an_irrelevant_or_unsigned_event(site: Website) -> None:
    assert await run(site, "customer.joined") == []
    with pytest.raises(RuntimeError, match="not signed by Umbral"):
        await run(site, "payment.received", f"whsec_{base64.b64encode(b'the secret of somebody else').decode()}")
