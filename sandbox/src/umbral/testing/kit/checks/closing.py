"""Checks that a gateway leaks nothing: no requests to unknown hosts, no secrets in logs and errors, no open sockets."""

from __future__ import annotations

import json
import traceback
from typing import Final
from urllib.parse import urlsplit

from subscriptions.domain.ports.payment_gateway import GatewayError, PaymentEvent
from umbral.testing.kit import crafting
from umbral.testing.kit.behaviour import NotApplicable, behaviour, must
from umbral.testing.kit.buying import Bought, a_request, buy, paid_event
from umbral.testing.kit.connections import watched_connections
from umbral.testing.kit.stage import Stage
from umbral.testing.kit.tenants import another_tenant
from umbral.testing.kit.trying import attempt, note, with_header
from umbral.testing.kit.wires import counting_wire, silent_wire

CLOSED_S: Final = 3.0
SHORTEST_SECRET: Final = 8


@behaviour(33, "no secret, and nothing of the payer's, gets into logs and errors")
async def keeps_secrets(stage: Stage) -> None:
    mark, kept = len(stage.lines), len(stage.refusals)
    bought = await buy(stage)
    await _provoke(stage, bought)
    said = "\n".join([*stage.lines[mark:], *stage.refusals[kept:]])
    for name in sorted(stage.own_settings):
        value = stage.environ[name]
        secret = len(value) >= SHORTEST_SECRET and "127.0.0.1" not in value
        must(not secret or value not in said, f"the value of {name} is written into a log or an error")
    for what, word in _payers(bought):
        must(word not in said, f"the payer's {what} is written into a log or an error")


async def _provoke(stage: Stage, bought: Bought) -> None:
    post, _ = await paid_event(stage, bought)
    async with another_tenant(stage) as tenant:
        await attempt(stage, tenant.signed(crafting.content_of(stage, post)), "another seller's")
    await attempt(stage, crafting.unsigned(stage, post), "unsigned")
    request = await a_request(stage)
    for fault in ({"do": "error", "code": 400}, {"do": "error", "code": 401}, {"do": "error", "code": 500}):
        async with stage.faults(fault):
            try:
                await stage.make().create_checkout_session(request)
            except GatewayError as error:
                note(stage, error)
            except Exception as error:  # Another behaviour checks the type; this one checks the text.
                stage.refusals.append("".join(traceback.format_exception(error)))


def _payers(bought: Bought) -> list[tuple[str, str]]:
    found = [("card", "4242424242424242")]
    for post in bought.posts:
        texts = [value for _, value in crafting.leaves(json.loads(post.body)) if isinstance(value, str)]
        found += [("e-mail", text) for text in texts if "@" in text and " " not in text and "." in text]
    return found


@behaviour(37, "an address in a delivery leads no request to a stranger")
async def no_request_leaves(stage: Stage) -> None:
    post, _ = await paid_event(stage, await buy(stage))
    named = {name: value for name, value in post.headers.items() if value.startswith(("http://", "https://"))}
    if not named:
        raise NotApplicable("its deliveries name no address to fetch anything from")
    gateway = stage.make()
    async with silent_wire() as bait:
        for name, address in named.items():
            for trick in _tricks(address, bait.port):
                with watched_connections(stage) as asked:
                    found = await attempt(stage, with_header(post, name, trick), f"{name} {trick}", gateway)
                must(not asked, f"{name}: {trick} leads a request to {asked[:1]}")
                must(not isinstance(found, PaymentEvent), f"{name}: {trick} is believed")
        must(bait.opened == 0, "a stranger was asked")


def _tricks(address: str, port: int) -> list[str]:
    parts = urlsplit(address)
    host, path = parts.hostname or "", f"{parts.path}?{parts.query}" if parts.query else parts.path
    return [
        f"http://{host}.evil.invalid{path}",
        f"https://{host}.evil.invalid{path}",
        f"https://evil.invalid/{host}{path}",
        f"{parts.scheme}://{parts.netloc}@127.0.0.1:{port}{path}",
        f"{parts.scheme}://{host}:{port}{path}",
        f"{parts.scheme}://[::1]:{port}{path}",
        f"http://169.254.169.254{path}",
        f"http://localhost:{port}{path}",
        f"//127.0.0.1:{port}{path}",
        "file:///etc/hostname",
        f"{address}/../../..",
        "",
    ]


@behaviour(40, "closed, it leaves no connection open")
async def leaves_nothing_open(stage: Stage) -> None:
    request = await a_request(stage)
    async with counting_wire(stage.sandbox.url) as wire:
        gateway = stage.make(wire.instead_of(stage.sandbox.url, stage.environ))
        await gateway.create_checkout_session(request)
        if wire.opened == 0:
            raise NotApplicable("it makes a checkout without asking anybody")
        await gateway.aclose()
        await wire.emptied(CLOSED_S)
        must(not wire.live, f"closed, it leaves {len(wire.live)} connections open")
        await gateway.aclose()
