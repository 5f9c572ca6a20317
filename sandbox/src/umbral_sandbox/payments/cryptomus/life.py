"""Scheduled events of the Cryptomus account: confirmations of payments and refunds, expiries of invoices, and recurring
charges.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from umbral_sandbox.payments.chassis.life import Due, lived
from umbral_sandbox.payments.cryptomus import paying, recurring
from umbral_sandbox.payments.cryptomus.account import Account


def live(account: Account, now: datetime) -> bool:
    """Perform all events that are due by ``now``; return True if an event was performed."""
    return lived(account, now, lambda: _all(account))


def _all(account: Account) -> Iterator[Due]:
    for invoice in account.invoices.values():
        if invoice.settle_at is not None:
            settled = paying.settle_refund if invoice.status == "refund_process" else paying.settle
            yield Due(invoice.settle_at, partial(settled, account, invoice))
        elif invoice.status in {"process", "check", "wrong_amount_waiting"}:
            yield Due(invoice.expires_at, partial(paying.expire, account, invoice))
    for recurrence in account.recurrences.values():
        if recurrence.status == "active" and recurrence.next_at is not None:
            yield Due(recurrence.next_at, partial(recurring.charge, account, recurrence))
