"""The gateway against the sandbox's Stripe over HTTP: Stripe's pages for paying a failed renewal."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_facts import CONFIRMATION
from subscriptions.domain.ports.payment_gateway import ManagePages, ProviderStatus
from tests.support.stripe_till import Kind, Till

BACK = "https://t.me/umbral_bot"


async def pages(till: Till, ref: str) -> ManagePages:
    found = await till.gateway.manage_pages(ref, return_url=BACK, locale="es")
    assert found is not None
    return found


async def standing(till: Till, ref: str) -> ProviderStatus:
    found = await till.gateway.fetch_subscription(ref)
    assert found is not None
    return found.status


@pytest.mark.parametrize("why", ["fail_payment", "ask_confirmation"])
async def test_outstanding_invoice_is_paid_on_its_page(till: Till, why: str) -> None:
    ref = await till.subscribed()
    assert (await pages(till, ref)).pay is None
    await till.shop.act(ref, why)
    await till.shop.act(ref, "renew")
    assert await standing(till, ref) is ProviderStatus.PAST_DUE
    pay = (await pages(till, ref)).pay
    assert pay is not None
    assert 'data-step="open"' in (await till.shop.http.get(pay)).text
    await till.shop.http.post(f"{pay.partition('?')[0]}/pay")
    assert 'data-step="paid"' in (await till.shop.http.get(pay)).text
    paid = await till.event("invoice.paid", 1)
    assert (paid.kind, paid.is_renewal, paid.subscription_ref) == (Kind.PAYMENT_COMPLETED, True, ref)
    assert await standing(till, ref) is ProviderStatus.ACTIVE
    assert (await pages(till, ref)).pay is None


async def test_card_changed_in_the_portal_is_charged_at_the_next_retry(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    card = (await pages(till, ref)).card
    assert card is not None
    shown = await till.shop.http.get(card)
    assert (BACK in shown.text, "Tus suscripciones" in shown.text) == (True, True)
    await till.shop.http.post(f"{card}/card", data={"subscription": ref})
    assert await standing(till, ref) is ProviderStatus.PAST_DUE
    await till.shop.advance(days=3)
    assert (await till.event("invoice.paid", 1)).is_renewal is True
    assert await standing(till, ref) is ProviderStatus.ACTIVE


async def test_bank_confirmation_request_is_reported_in_addition_to_the_failed_payment(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "ask_confirmation")
    await till.shop.act(ref, "renew")
    reported = await till.event("invoice.payment_action_required")
    assert (reported.kind, reported.reason, reported.final) == (Kind.PAYMENT_FAILED, CONFIRMATION, False)
    assert (await till.event("invoice.payment_failed")).subscription_ref == reported.subscription_ref == ref


async def test_ended_or_unknown_subscription_has_no_payment_pages(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "cancel")
    for name in (ref, "sub_none", "I-OTHER", ""):
        assert await till.gateway.manage_pages(name, return_url=BACK, locale="es") is None


async def test_invoice_can_be_paid_without_a_portal(till: Till) -> None:
    ref = await till.subscribed()
    await till.shop.act(ref, "fail_payment")
    await till.shop.act(ref, "renew")
    await till.shop.control(
        "PUT", "faults", [{"on": "stripe", "do": "error", "code": 400, "method": "POST /v1/billing_portal/sessions"}]
    )
    found = await pages(till, ref)
    assert found.card is None
    assert found.pay is not None
