"""The tax office that records of invoices are sent to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import InvoiceRecord, RecordState
from subscriptions.domain.errors import UmbralError

AT_ONCE: Final = 1000
"""Records that one call may hold."""


class TaxOfficeFailed(UmbralError):
    """Nothing of a call was taken: the tax office did not answer, or refused all of it. It may be sent again."""


@dataclass(frozen=True, kw_only=True)
class RecordAnswer:
    """How one record was taken."""

    state: RecordState
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OfficeAnswer:
    """records: by their ids. csv: the office's receipt. wait: how long to wait before the next call."""

    records: Mapping[UUID, RecordAnswer]
    csv: str | None
    wait: timedelta


class TaxOffice(Protocol):
    """Takes records in the order of their chain; the same record again changes nothing."""

    async def send(self, records: Sequence[InvoiceRecord], *, is_late: bool) -> OfficeAnswer:
        """At most AT_ONCE. is_late: they could not be sent when they were made. Raises TaxOfficeFailed."""
        ...
