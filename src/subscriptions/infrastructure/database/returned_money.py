"""SQL for money returned by refunds and lost disputes. Every query for a sum of money subtracts the result of
`RETURNED_MONEY`.
"""

from typing import Final

from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.reversal import DisputeStatus, RefundStatus

_LOST_DISPUTES: Final = f"""
    SELECT payment_id, min(closed_at) AS at,
           CASE WHEN bool_and(amount_minor IS NOT NULL) THEN sum(amount_minor)::bigint END AS minor
    FROM disputes WHERE status = '{DisputeStatus.LOST}' GROUP BY payment_id
"""
_REPEATS: Final = f"""(refunds.repeats_dispute IS NOT FALSE AND EXISTS (
    SELECT FROM disputes
    WHERE disputes.payment_id = refunds.payment_id AND disputes.status = '{DisputeStatus.LOST}'
        AND (refunds.repeats_dispute OR (closed_at < refunds.occurred_at
            AND coalesce(disputes.amount_minor, refunds.amount_minor) = refunds.amount_minor))))"""
"""Condition that a refund reports the same money as a lost dispute (`Dispute.reports`)."""
RETURNED_MONEY: Final = f"""(
    SELECT refunds.payment_id, refunds.amount_minor AS minor, refunds.amount_currency AS currency, refunds.occurred_at
    FROM refunds
    WHERE refunds.status = '{RefundStatus.GIVEN}' AND NOT {_REPEATS}
    UNION ALL
    SELECT lost.payment_id, least(lost.minor, greatest(payments.amount_minor - coalesce((
        SELECT sum(refunds.amount_minor) FROM refunds
        WHERE refunds.payment_id = lost.payment_id AND refunds.status = '{RefundStatus.GIVEN}'
            AND refunds.amount_currency = payments.amount_currency AND NOT {_REPEATS}
    ), 0), 0)), payments.amount_currency, lost.at
    FROM ({_LOST_DISPUTES}) AS lost JOIN payments ON payments.id = lost.payment_id
)"""
"""Subquery with the columns `payment_id`, `minor`, `currency` and `occurred_at`. A lost dispute returns the amount that
was not refunded before, or part of it if the dispute is about part of the payment. A refund that reports the same money
adds nothing.
"""

COUNTS: Final = "payments.flag IS NULL"
"""Condition of payments that count as revenue. Payments under review and their refunds do not count."""


def back_of(payment: str) -> str:
    """Return the SQL expression for the returned amount of a payment, in the payment's currency. `payment`: name or
    alias of the table.
    """
    return f"""coalesce((
        SELECT sum(returned.minor) FROM {RETURNED_MONEY} AS returned
        WHERE returned.payment_id = {payment}.id AND returned.currency = {payment}.amount_currency
    ), 0)::bigint"""


DISPLAYED_STATUS: Final = f"""(CASE
    WHEN EXISTS (SELECT FROM disputes
        WHERE disputes.payment_id = payments.id AND disputes.status = '{DisputeStatus.OPEN}') THEN 'disputed'
    WHEN payments.status <> '{PaymentStatus.REFUNDED}' AND EXISTS (SELECT FROM disputes
        WHERE disputes.payment_id = payments.id AND disputes.status = '{DisputeStatus.LOST}')
        AND {back_of("payments")} >= payments.amount_minor THEN 'lost'
    ELSE payments.status END)"""
"""SQL of the status of a payment as people and programs see it (`PaymentBalance.status`)."""

SPENT_AMOUNT: Final = f"""(
    SELECT sum(payments.amount_minor - {back_of("payments")}) FROM payments
    WHERE payments.customer_id = customers.id AND payments.amount_currency = :currency AND {COUNTS})"""
"""SQL of the amount that a customer paid in one currency, less returned money; NULL if the customer paid nothing."""
