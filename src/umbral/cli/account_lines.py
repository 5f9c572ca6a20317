"""Rows of accounts in `umbral accounts list`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.domain.entities.userbot_account import UserbotAccount
from umbral.terminal.operating import moment

HEADS: Final = (
    *("ID", "PHONE", "LABEL", "STATE", "CHANNELS", "STOCK", "TODAY"),
    *("NEXT (UTC)", "PAUSED BY TELEGRAM UNTIL", "HELD BY"),
)
_DIGITS: Final = 3
"""Number of digits of a phone number shown at each end; the digits in between are masked."""


@dataclass(frozen=True)
class AccountLine:
    """Account with its current state.

    lease: name of the process that holds the account's lease; empty if no process does
    precreated: number of the account's pre-created channels
    """

    account: UserbotAccount
    now: datetime
    lease: str
    precreated: int

    def as_json(self) -> dict[str, object]:
        """Return the account as a JSON object. Its member `next` is the time from which the account may create its next
        channel; null if unknown.
        """
        account = self.account
        return {
            "id": account.id,
            "phone": _mask(account.phone),
            "label": account.label,
            "state": account.status,
            "reason": account.status_reason,
            "channels": account.channels_used,
            "channel_cap": account.channel_cap,
            "stock": self.precreated,
            "made_today": account.made_today(self.now),
            "day_cap": account.day_cap,
            "next": self._next_at(),
            "rests": self._waits(),
            "held_by": self._holder() or None,
        }

    def row(self) -> tuple[object, ...]:
        """Return the account as a row of the table, in the order of HEADS."""
        account = self.account
        return (
            account.id,
            _mask(account.phone),
            account.label or "-",
            f"{account.status}: {account.status_reason}" if account.status_reason else account.status,
            f"{account.channels_used}/{account.channel_cap}",
            self.precreated,
            f"{account.made_today(self.now)}/{account.day_cap}",
            "now" if self._next_at() == self.now else moment(self._next_at()),
            ", ".join(f"{method} until {moment(rest_end)}" for method, rest_end in self._waits().items()) or "-",
            self._holder() or "-",
        )

    def _next_at(self) -> datetime | None:
        return self.account.may_create_from(self.now) or self.account.retry_at

    def _waits(self) -> dict[str, datetime]:
        waits = ((method, self.account.waits_until(method, self.now)) for method in sorted(self.account.flood_until))
        return {method: rest_end for method, rest_end in waits if rest_end is not None}

    def _holder(self) -> str:
        host, _, rest = self.lease.rpartition(":")
        return host or rest


def _mask(phone: str) -> str:
    hidden_digits = len(phone) - 2 * _DIGITS
    return f"{phone[:_DIGITS]}{'•' * hidden_digits}{phone[-_DIGITS:]}" if hidden_digits > 0 else phone or "-"
