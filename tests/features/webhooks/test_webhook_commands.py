"""`umbral webhooks`, as used by an operator."""

from __future__ import annotations

import json

from cryptography.fernet import Fernet

from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal


async def test_endpoint_can_be_added_listed_and_removed_and_its_secret_rotated(
    database_url: str, fork_client: ForkClient
) -> None:
    key = Fernet.generate_key().decode()
    terminal = Terminal({"DATABASE_URL": database_url, "WEBHOOK_KEY": key}, fork_client)
    added = await terminal.run("webhooks", "add", "https://n8n.example.com/hook", "--events", "payment.received")
    assert added.out.split()[-1].startswith("whsec_")
    [listed] = json.loads((await terminal.run("webhooks", "list", "--json")).out)
    assert (listed["name"], listed["told"], listed["off"]) == ("n8n.example.com", "payment.received", "-")
    other = await terminal.run("webhooks", "rotate", "n8n.example.com")
    assert other.out.split()[-1] != added.out.split()[-1]
    replayed = await terminal.run("webhooks", "replay", "n8n.example.com")
    assert replayed.out == "✅ Events being resent to “n8n.example.com”: 0.\n"
    assert json.loads((await terminal.run("webhooks", "log", "n8n.example.com", "--json")).out) == []
    assert (await terminal.run("webhooks", "remove", "n8n.example.com")).status == 0
    again = await terminal.run("webhooks", "remove", "n8n.example.com")
    assert (again.status, "there's no endpoint called n8n.example.com" in again.err) == (1, True)
    private = await terminal.run("webhooks", "add", "https://10.0.0.1/")
    assert (private.status, "WEBHOOK_NETWORKS" in private.err) == (1, True)
    without = await Terminal({"DATABASE_URL": database_url}, fork_client).run("webhooks", "add", "https://example.com/")
    assert (without.status, "WEBHOOK_KEY" in without.err) == (1, True)
