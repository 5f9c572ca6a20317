"""Changes at the sandbox's PayPal when no webhook is registered: the product finds them hours later in the account's
lists.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.inbox.poll_events import PollEvents
from subscriptions.bootstrap.checks.providers import ask_providers
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.contract.test_paypal_purchase import Counter, opened
from tests.support.paypal_till import open_till

Kind, Status = PaymentEventKind, SubscriptionStatus
LISTS = {"GET /v1/notifications/webhooks-events", "GET /v1/reporting/transactions", "GET /v1/customer/disputes"}


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    """Build a shop without a webhook and with one customer who has a monthly plan."""
    async with open_till() as till:
        hooks = "/v1/notifications/webhooks"
        for each in (await till.shop.call("GET", hooks))["webhooks"]:
            await till.shop.call("DELETE", f"{hooks}/{each['id']}", status=204)
        made = await opened(till)
        await made.buy()
        assert [each.kind for each in await listed(made)] == [], "three hours late"
        await made.till.shop.advance(hours=3)
        assert [each.kind for each in await learnt(made)] == [Kind.PAYMENT_COMPLETED]
        held = await made.holds()
        assert (held.subscription.status, held.payment.flag) == (Status.ACTIVE, None)
        yield made


async def listed(counter: Counter) -> Sequence[PaymentEvent]:
    now = counter.till.shop.world.clock.now()
    return await counter.till.gateway.list_events(now - timedelta(days=1), now + timedelta(seconds=1))


async def learnt(counter: Counter) -> Sequence[PaymentEvent]:
    """Apply the unknown events in PayPal's lists of the last day and return them. Asserts that a second fetch returns
    none.
    """
    shop, now = counter.shop, counter.till.shop.world.clock.now()
    span = (now - timedelta(days=1), now + timedelta(seconds=1))
    ask = PollEvents(shop.units, shop.gateways, shop.clock)
    done = len(await shop.jobs("core.apply_payment_event"))
    found = await ask.fetch_between("paypal", *span)
    for job in (await shop.jobs("core.apply_payment_event"))[done:]:
        await shop.apply(InboxId(UUID(str(job["inbox_id"]))))
    assert await ask.fetch_between("paypal", *span) == []
    return found


async def happens(counter: Counter, *acts: str, **order: str) -> Sequence[PaymentEvent]:
    """Perform actions on the only subscription at the provider, and apply and return the events found in the provider's
    lists three hours later.
    """
    (ref,) = {each["id"] for each in (await counter.till.shop.control("GET", "state"))["paypal"]["subscriptions"]}
    for act in acts:
        await counter.till.shop.act(ref, act, order)
    await counter.till.shop.advance(hours=3)
    return await learnt(counter)


async def test_full_refund_ends_the_subscription(counter: Counter) -> None:
    paid = (await counter.holds()).payment
    (refund,) = await happens(counter, "refund")
    assert (refund.kind, refund.about_payment) == (Kind.REFUND, paid.payment_key)
    assert (await counter.holds()).subscription.status is Status.EXPIRED


async def test_partial_refund_does_not_end_the_subscription(counter: Counter) -> None:
    (refund,) = await happens(counter, "refund", amount="5.00")
    assert refund.amount_refunded is not None
    assert refund.amount_refunded.decimal == "5.00"
    assert (await counter.holds()).subscription.status is Status.ACTIVE


async def test_won_dispute_resumes_the_paused_subscription(counter: Counter) -> None:
    assert [each.kind for each in await happens(counter, "dispute")] == [Kind.DISPUTE_OPENED]
    assert (await counter.holds()).subscription.status is Status.PAUSED
    assert [each.kind for each in await happens(counter, "win_dispute")] == [Kind.DISPUTE_CLOSED]
    assert (await counter.holds()).subscription.status is Status.ACTIVE


async def test_dispute_lost_before_the_first_fetch_is_applied_once(counter: Counter) -> None:
    """The lists report the end of the dispute and the reversal of the payment."""
    found = await happens(counter, "dispute", "lose_dispute")
    assert {each.kind for each in found} == {Kind.DISPUTE_CLOSED, Kind.REFUND}
    assert (await counter.holds()).subscription.status is Status.EXPIRED
    assert await counter.shop.alarms() == ["dispute_lost"]


async def test_lost_dispute_is_found_by_fetching_although_the_app_lacks_the_disputes_feature(counter: Counter) -> None:
    await counter.till.shop.control("POST", "providers/paypal", {"disputes": "off"})
    assert await counter.till.gateway.lacking_features() == ["Disputes"]
    (reversal,) = await happens(counter, "dispute", "lose_dispute")
    assert reversal.about_payment == (await counter.holds()).payment.payment_key
    assert (await counter.holds()).subscription.status is Status.EXPIRED


async def test_app_without_transaction_search_and_disputes_finds_no_refund_by_fetching_and_is_reported(
    counter: Counter,
) -> None:
    await counter.till.shop.control("POST", "providers/paypal", {"disputes": "off", "transaction_search": "off"})
    assert await counter.till.gateway.lacking_features() == ["Transaction Search", "Disputes"]
    assert await happens(counter, "refund") == []
    (found,) = await ask_providers(counter.till.shop.settings, live=True)
    assert (found.key, found.facts) == ("paypal:provider_lists_less", {"detail": "Transaction Search, Disputes"})
    assert await ask_providers(counter.till.shop.settings) == []


async def test_number_of_calls_does_not_grow_with_customers(counter: Counter) -> None:
    for _ in range(3):
        counter.ana = await counter.shop.customer()
        await counter.buy()
    await counter.till.shop.advance(hours=3)
    before = len((await counter.till.shop.control("GET", "calls"))["calls"])
    assert len(await listed(counter)) == 4
    calls = (await counter.till.shop.control("GET", "calls"))["calls"][before:]
    assert len(calls) == len(LISTS)
