"""Check that the owners are alerted after repeated webhooks without a valid signature."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from subscriptions.application.inbox.delivery_store import UnitDeliveries
from subscriptions.application.inbox.receive_webhook import REFUSED_OFTEN, REFUSED_WITHIN, ReceiveWebhook
from subscriptions.domain.ports.payment_gateway import InvalidSignature, PaymentEvent, UntimelySignature, WebhookRequest
from tests.fakes import samples
from tests.fakes.provider import SIGNED, Provider
from tests.fakes.shop import Shop, memory_shop


async def refused(shop: Shop, times: int, apart: timedelta = timedelta()) -> None:
    """Receive webhooks with a wrong signature, at intervals of `apart`."""
    for number in range(times):
        shop.clock.advance(apart if number else timedelta())
        with pytest.raises(InvalidSignature):
            await shop.receive("acme", {"signature": "bad"}, b"evt-1")


async def test_fifth_refusal_within_an_hour_raises_one_alarm_a_day() -> None:
    shop = memory_shop()
    await refused(shop, REFUSED_OFTEN - 1)
    assert await shop.alarms() == []
    await refused(shop, REFUSED_OFTEN)
    notified = await shop.jobs("bot.alarm")
    assert [(job["kind"], job["facts"]) for job in notified] == [("webhooks_refused", {"provider": "acme"})]
    shop.clock.advance(timedelta(days=1))
    await refused(shop, REFUSED_OFTEN)
    assert len(await shop.alarms()) == 2


@pytest.mark.parametrize(("more", "notified"), [(0, 1), (1, 0)], ids=["within", "one second too long"])
async def test_only_refusals_within_the_time_span_are_counted(more: int, notified: int) -> None:
    shop = memory_shop()
    await refused(shop, 2 * REFUSED_OFTEN, REFUSED_WITHIN / (REFUSED_OFTEN - 1) + timedelta(seconds=more))
    assert len(await shop.alarms()) == notified


async def test_signed_headers_reused_for_another_event_are_refused_and_raise_an_alarm() -> None:
    """A provider that signs a checksum of the body accepts every body with the same checksum."""
    shop = memory_shop()
    sent = shop.provider.sent
    sent["evt-1"] = samples.event(event_key="evt-1", transmission="8d6ad9d0")
    for number in range(REFUSED_OFTEN):
        sent[f"forged-{number}"] = replace(sent["evt-1"], event_key=f"forged-{number}")

    assert await shop.receive("acme", SIGNED, b"evt-1")
    assert not await shop.receive("acme", SIGNED, b"evt-1"), "the provider may say it again"
    for number in range(REFUSED_OFTEN):
        with pytest.raises(InvalidSignature, match="another event"):
            await shop.receive("acme", SIGNED, f"forged-{number}".encode())
    assert len(await shop.jobs("core.apply_payment_event")) == 1
    assert [job["kind"] for job in await shop.jobs("bot.alarm")] == ["webhooks_refused"]


class Signing(Provider):
    """Provider that signs with its own time and accepts only webhooks received shortly before or after that time."""

    signed_at: datetime

    async def parse_webhook(self, request: WebhookRequest) -> PaymentEvent:
        event = await super().parse_webhook(request)
        if abs(self.signed_at - request.received_at) > timedelta(minutes=5):
            raise UntimelySignature(self.name, "from another time", self.signed_at)
        return event


def selling_by(ahead: timedelta) -> Shop:
    """Build a shop whose provider's clock is ahead of ours."""
    shop = memory_shop()
    provider = Signing(shop.clock, name="acme")
    provider.signed_at = shop.clock.now() + ahead
    provider.sent["evt-1"] = samples.event(event_key="evt-1")
    shop.gateways.gateways["acme"] = provider
    return shop


async def test_webhook_with_a_future_signature_time_is_stored_and_raises_an_alarm() -> None:
    shop = selling_by(timedelta(hours=1))
    assert await shop.receive("acme", SIGNED, b"evt-1")
    assert not await shop.receive("acme", SIGNED, b"evt-1")
    assert len(await shop.jobs("core.apply_payment_event")) == 1
    assert await shop.alarms() == ["webhooks_untimely"]


async def test_webhook_with_an_old_signature_time_is_refused_and_reported_when_repeated() -> None:
    shop = selling_by(timedelta(hours=-1))
    for _ in range(REFUSED_OFTEN):
        with pytest.raises(UntimelySignature):
            await shop.receive("acme", SIGNED, b"evt-1")
    assert await shop.jobs("core.apply_payment_event") == []
    assert await shop.alarms() == ["webhooks_untimely"]


async def test_webhook_with_an_old_signature_time_is_stored_while_our_clock_may_be_wrong() -> None:
    shop = selling_by(timedelta(days=-40))
    receive = ReceiveWebhook(shop.units, UnitDeliveries(shop.units), shop.gateways, shop.clock, in_doubt=lambda: True)
    assert await receive("acme", SIGNED, b"evt-1")
    with pytest.raises(InvalidSignature):
        await receive("acme", {"signature": "bad"}, b"evt-1")
    assert len(await shop.jobs("core.apply_payment_event")) == 1
