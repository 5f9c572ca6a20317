"""Facts about money from stored rows: refunds, and requests for refunds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.refund_request import RefundRequest
from subscriptions.domain.entities.reversal import Refund, RefundStatus
from subscriptions.domain.money import Money
from subscriptions.domain.services.stored_facts import Rows
from subscriptions.domain.timeline.facts import Asked, Terms
from subscriptions.domain.timeline.money import Balance
from subscriptions.domain.timeline.timeline import timeline
from tests.fakes import samples
from tests.fakes.samples import NOON

HOUR = timedelta(hours=1)
PART = Money(500, "EUR")
ORDER = samples.order(samples.customer(), samples.plan())
SUBSCRIPTION = samples.subscription(ORDER)
PAYMENT: Payment = samples.payment(ORDER, subscription_id=SUBSCRIPTION.id)
REFUND = Refund.give("acme", "re-1", PAYMENT.id, PART, occurred_at=NOON + 2 * HOUR, now=NOON + 2 * HOUR)
REQUEST = RefundRequest(operation="operation-1", payment_id=PAYMENT.id, amount=PART, asked_at=NOON + HOUR)


def rows(*requests: RefundRequest, refund: Refund | None = None) -> Rows:
    return Rows(
        subscription=SUBSCRIPTION,
        entries=[],
        payments=[PAYMENT],
        refunds=[refund] if refund is not None else [],
        disputes=[],
        requests=requests,
        holds=[],
        reports=[],
    )


def asked(*requests: RefundRequest, refund: Refund | None = None) -> tuple[Asked, ...]:
    return rows(*requests, refund=refund).facts().asked


def balance(hours: int, *requests: RefundRequest, refund: Refund | None = None) -> Balance:
    facts = rows(*requests, refund=refund).facts()
    return timeline(facts, Terms(grace=timedelta())).at(NOON + hours * HOUR).money[PAYMENT.id]


def test_open_request_is_asked_by_its_operation() -> None:
    assert asked(REQUEST) == (Asked(key="operation-1", payment=PAYMENT.id, amount=PART, at=NOON + HOUR),)


def test_answered_request_is_asked_by_the_key_of_its_refund() -> None:
    (fact,) = asked(replace(REQUEST, refund_id=REFUND.id), refund=REFUND)
    assert fact.key == "re-1"


def test_failed_request_is_not_asked() -> None:
    assert asked(replace(REQUEST, failed_at=NOON + 2 * HOUR)) == ()


def test_amount_is_asked_from_the_request_to_the_refund_and_then_returned() -> None:
    answered, nothing = replace(REQUEST, refund_id=REFUND.id), Money(0, "EUR")
    told = [balance(hours, answered, refund=REFUND) for hours in (0, 1, 2)]
    assert [each.asked for each in told] == [nothing, PART, nothing]
    assert [each.returned for each in told] == [nothing, nothing, PART]


def test_amount_of_a_reversed_refund_is_neither_asked_nor_returned() -> None:
    answered, reversed_refund = replace(REQUEST, refund_id=REFUND.id), replace(REFUND, status=RefundStatus.REVERSED)
    told = balance(3, answered, refund=reversed_refund)
    assert (told.left, told.asked.minor) == (PAYMENT.amount, 0)
