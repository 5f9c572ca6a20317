"""Examples for developers of endpoints, which must work as documented."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path

from cryptography.fernet import Fernet

from features.webhooks.adapters.sender import HttpEventSender
from features.webhooks.domain import OutgoingEndpoint, OutgoingEvent
from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.ids import new_uuid
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.outgoing.addresses import Addresses, Network
from subscriptions.infrastructure.outgoing.seals import WebhookSeals

EXAMPLES = Path(__file__).parents[3] / "examples" / "webhooks"
DOCUMENT = Path(__file__).parents[3] / "src" / "features" / "webhooks" / "docs.md"


async def test_python_example_accepts_a_signed_event_once_and_refuses_other_requests() -> None:
    own: list[Network] = [ip_network("127.0.0.0/8")]
    seals = WebhookSeals(Fernet.generate_key().decode(), Addresses(own))
    clock = SystemClock()
    sender, now = HttpEventSender(seals, Addresses(own), clock), clock.now()
    secret, other = (f"whsec_{b64encode(os.urandom(32)).decode()}" for _ in range(2))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", str(EXAMPLES / "receiver.py"), "0"),
        env={**os.environ, "UMBRAL_WEBHOOK_SECRET": secret},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(90):
            port = int(await process.stdout.readline())
            address = f"http://127.0.0.1:{port}/"
            endpoint = OutgoingEndpoint(id=new_uuid(), name="r", url=address, secret=seals.seal(secret), created_at=now)
            event = OutgoingEvent(
                id=new_uuid(),
                receiver_id=endpoint.id,
                kind=EventKind.PAYMENT_RECEIVED,
                customer_id=None,
                happened_at=now,
                begun_at=now,
                next_at=now,
                body=json.dumps({"type": "payment.received", "data": {"customer": {"telegram_id": 7}}}),
            )
            replies = [(await sender.send(endpoint, event, now)).status for _ in range(2)]
            endpoint.secret = seals.seal(other)
            replies.append((await sender.send(endpoint, event, now)).status)
            assert replies == [204, 204, 401]
            process.terminate()
            output = (await process.stdout.read()).decode().splitlines()
        assert output == ["payment.received 7"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_n8n_workflow_is_complete() -> None:
    workflow = json.loads((EXAMPLES / "n8n.json").read_text())
    nodes = {node["name"]: node for node in workflow["nodes"]}
    assert len({node["id"] for node in nodes.values()}) == len(nodes)
    assert all({"parameters", "type", "typeVersion", "position"} <= set(node) for node in nodes.values())
    led = {target["node"] for ways in workflow["connections"].values() for way in ways["main"] for target in way}
    assert set(workflow["connections"]) | led == set(nodes)
    asked = nodes["A payment?"]["parameters"]["conditions"]["conditions"]
    assert {condition["rightValue"] for condition in asked} <= set(EventKind)


def test_webhooks_page_names_every_event() -> None:
    said = DOCUMENT.read_text()
    assert [kind for kind in EventKind if f"`{kind}`" not in said] == []
