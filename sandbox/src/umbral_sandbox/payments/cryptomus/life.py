"""What happens by itself as the clock runs, each thing at its own moment and in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from umbral_sandbox.payments.cryptomus import paying, recurring
from umbral_sandbox.payments.cryptomus.account import Account


@dataclass(frozen=True)
class Due:
    """Something that is to happen at a moment."""

    at: int
    act: Callable[[], None]


def live(account: Account, now: datetime) -> bool:
    """Do all that is due by ``now``; a long jump of the clock is lived through step by step."""
    until, acted = int(now.timestamp()), False
    while True:
        due = min((each for each in _all(account) if each.at <= until), key=lambda each: each.at, default=None)
        if due is None:
            return acted
        with account.at(due.at):
            due.act()
        acted = True


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
