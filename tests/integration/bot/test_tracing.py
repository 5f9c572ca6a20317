"""Traces received by an OpenTelemetry collector: one trace for all effects of a press, without personal data."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import httpx
from fastapi import FastAPI
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import SecretStr

from subscriptions.application.inbox.receive_webhook import ReceiveWebhook
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core, record_spans
from subscriptions.bootstrap.work import open_worker
from subscriptions.bootstrap.worker import WorkerContainer, job_handlers
from subscriptions.domain.entities.order import Order
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import PaymentEvent, WebhookRequest
from subscriptions.domain.tracing import trace_of
from subscriptions.infrastructure.wrapping import count_calls
from tests.fakes import samples
from tests.fakes.gateway import MemoryGateway
from tests.integration.bot.conftest import Phone, Stage, until
from tests.integration.bot.test_buying import to_payment
from tests.support.features import runs
from tests.support.postgres import as_process
from web.body import BodyReader
from web.concurrency import ConcurrencyLimit
from web.routes.webhooks import webhooks_router

KEY = "the collector's key"


@dataclass
class Collector:
    """Data received by an OTLP collector over HTTP."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Yield a collector that runs in its own thread, so that remaining spans are sent while the test's thread waits."""
    collector = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reported = ExportTraceServiceRequest()
            reported.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in reported.resource_spans:
                collector.said.append(str(resource))
                collector.spans += [span for scope in resource.scope_spans for span in scope.spans]
            collector.keys.add(self.headers["X-Key"])
            collector.paths.add(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Discard the log line."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class OrderAsBody(MemoryGateway):
    """Gateway whose webhook body is an order's id. Each webhook reports the payment of that order."""

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        ref = self.begin("sub-1").ref
        return samples.event(
            provider=self.name,
            order_id=request.body.decode(),
            payment_key="pay-1",
            subscription_ref=ref,
            occurred_at=self.clock.now(),
            period_start=self.subscriptions[ref].current_period_start,
            period_end=self.subscriptions[ref].current_period_end,
        )


async def paid_for(stage: Stage, order: Order) -> bool:
    async with stage.core.units()() as uow:
        found = await uow.orders.get(order.id)
    return found is not None and found.paid_at is not None


async def open_order(stage: Stage, person: int) -> Order:
    async with stage.core.units()() as uow:
        customer = await uow.customers.by_telegram_id(TelegramId(person))
        plan = await uow.plans.by_soft_id("retabet")
        assert customer is not None
        assert plan is not None
        order = await uow.orders.open_for(customer.id, plan.id)
    assert order is not None
    return order


@asynccontextmanager
async def by_worker(stage: Stage) -> AsyncIterator[CoreContainer]:
    """Yield the core with the worker's database user, because the bot's user may not issue receipts."""
    url = as_process(stage.settings.database_url.get_secret_value(), "worker")
    async with open_core(stage.settings.model_copy(update={"database_url": SecretStr(url)})) as core:
        core.gateways.override(stage.gateways)
        yield core


async def buy(stage: Stage) -> tuple[int, Order]:
    """Buy a plan: a press in the chat, a provider's webhook at the web process, and the jobs that follow."""
    units, gateways, clock = stage.core.units(), stage.core.gateways(), stage.core.clock()
    web = FastAPI()
    receive = ReceiveWebhook(units, stage.core.deliveries(), gateways, clock)
    web.include_router(webhooks_router(receive, BodyReader(), ConcurrencyLimit(5)))
    await stage.choose_news("sale")
    async with stage.running():
        # The shop's owner is notified of the sale, and can be written to.
        olga = Phone(stage.http, next(iter(stage.settings.admin_ids)), stage.bot.username)
        await olga.start()
        ana = await stage.person("Ana", username="ana_k")
        await to_payment(ana)
        order = await open_order(stage, ana.id)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://web") as provider:
            answer = await provider.post("/webhooks/memory", content=str(order.id))
        assert answer.json() == {"received": True, "new": True}
        async with by_worker(stage) as core, open_worker(core, job_handlers(WorkerContainer(core=core))):
            await until(lambda: paid_for(stage, order), "the payment is counted")
        await ana.said("Pago recibido")
        if runs("news"):
            await olga.said("Venta")
    return ana.id, order


async def test_purchase_is_one_trace_without_personal_data(stage: Stage) -> None:
    stage.gateways.gateways["memory"] = count_calls(OrderAsBody(stage.core.clock()))
    with collecting() as collector:
        wanted = {"otel_endpoint": collector.url, "otel_headers": SecretStr(f"x-key={quote(KEY)}")}
        with record_spans("demo", stage.settings.model_copy(update=wanted)):
            person, order = await buy(stage)

    assert (collector.paths, collector.keys) == ({"/v1/traces"}, {KEY})
    of_it = [span for span in collector.spans if span.trace_id.hex() == trace_of(order.cause)]
    names = {span.name for span in of_it}
    wanted_names = {"update", "webhook", "core.apply_payment_event", "bot.announce", "memory create_checkout_session"}
    assert wanted_names <= names
    assert {name for name in names if name.startswith("bot_api ")}
    # Each span but the press has its parent in the same trace, and no span failed.
    known = {span.span_id for span in of_it}
    (first,) = [span for span in of_it if not span.parent_span_id]
    assert first.name == "update"
    assert all(span.parent_span_id in known for span in of_it if span is not first)
    assert not [span.name for span in of_it if span.status.code == span.status.STATUS_CODE_ERROR]
    said = "\n".join(collector.said)
    for private in (str(person), "Ana", "ana_k", str(order.id), str(order.customer_id), "session-1"):
        assert private not in said
