"""Checks of a gateway's reaction to unusual webhook deliveries."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
from fastapi import FastAPI

from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.bootstrap.rehearsal import open_rehearsal
from subscriptions.domain.ports.payment_gateway import (
    GatewayError,
    InvalidSignature,
    MalformedWebhook,
    PaymentEvent,
    PaymentEventKind,
    PaymentGateway,
    WebhookRequest,
)
from umbral.testing.kit.behaviour import Violated, placed
from umbral.testing.kit.stage import Stage
from umbral.testing.kit.subject import OneGateway
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.routes.webhooks import webhooks_router


async def attempt(
    stage: Stage, post: WebhookRequest, what: str, gateway: PaymentGateway | None = None
) -> PaymentEvent | InvalidSignature | MalformedWebhook:
    """Parse a delivery with the gateway. Return the event, or one of the two errors that a gateway may raise. Raises
    Violated for any other exception.

    what: description of the delivery for the error message
    gateway: the gateway; None for the gateway under test
    """
    try:
        return await (gateway or stage.gateway).parse_webhook(post)
    except (InvalidSignature, MalformedWebhook) as refusal:
        note(stage, refusal)
        return refusal
    except Exception as error:  # Any other exception is the fault that this check looks for.
        raise Violated(f"{what}: parse_webhook raised {placed(error)}") from error


async def refused(stage: Stage, post: WebhookRequest, what: str, gateway: PaymentGateway | None = None) -> None:
    """Require that the delivery is refused as a forgery. Raise Violated otherwise."""
    found = await attempt(stage, post, what, gateway)
    if not isinstance(found, InvalidSignature):
        became = f"taken for {found.kind}" if isinstance(found, PaymentEvent) else "MalformedWebhook"
        raise Violated(f"{what}: {became}, where only InvalidSignature is right")


async def harmless(stage: Stage, post: WebhookRequest, what: str) -> None:
    """Require that the delivery is refused or ignored. Raise Violated if it is accepted."""
    found = await attempt(stage, post, what)
    if isinstance(found, PaymentEvent) and found.kind is not PaymentEventKind.IGNORED:
        raise Violated(f"{what}: taken for {found.kind}")


def note(stage: Stage, error: GatewayError) -> None:
    """Record an error's message with its traceback, which must contain no secret."""
    stage.refusals.append("".join(traceback.format_exception(error)))


def with_header(post: WebhookRequest, name: str, value: str | None) -> WebhookRequest:
    """Return the delivery with another value of a header. value: the new value; None to remove the header."""
    rest = {key: kept for key, kept in post.headers.items() if key != name}
    return replace(post, headers=rest if value is None else rest | {name: value})


async def proof_headers(stage: Stage, post: WebhookRequest) -> list[str]:
    """Return the headers without which a delivery is refused as a forgery."""
    found = []
    for name in post.headers:
        without = await attempt(stage, with_header(post, name, None), f"without {name}")
        if not isinstance(without, PaymentEvent):
            found.append(name)
    return found


@asynccontextmanager
async def open_endpoint(stage: Stage, gateway: PaymentGateway | None) -> AsyncIterator[httpx.AsyncClient]:
    """Provide the product's own route for webhooks, with this gateway. gateway: None if the provider is disabled."""
    registry = OneGateway(stage.subject.descriptor, gateway)
    async with open_rehearsal(stage.database_url, stage.clock, registry) as rehearsal:
        receive: ReceiveWebhook = rehearsal.container.web.receive_webhook()
        app = FastAPI(openapi_url=None)
        app.include_router(webhooks_router(receive, BodyReader(), ConcurrencyLimit(1)))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://umbral.example") as client:
            yield client


async def knock(stage: Stage, client: httpx.AsyncClient, post: WebhookRequest) -> int:
    """Send the delivery and return the status that the provider would receive."""
    headers = [(name.encode(), value.encode()) for name, value in post.headers.items() if name != "content-length"]
    answer = await client.post(f"/webhooks/{stage.code}", content=post.body, headers=headers)
    return answer.status_code
