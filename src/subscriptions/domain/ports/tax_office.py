"""Port of the tax office that receives invoice records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.invoice import InvoiceRecord, RecordState
from subscriptions.domain.errors import UmbralError

AT_ONCE: Final = 1000
"""Maximum number of records in one call."""


class TaxOfficeFailed(UmbralError):
    """Error for a call from which the tax office accepted no record: it did not respond, or refused the whole call. The
    call may be repeated.
    """


@dataclass(frozen=True, kw_only=True)
class RecordAnswer:
    """Tax office's response for one record."""

    state: RecordState
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OfficeAnswer:
    """Response of the tax office.

    records: results by record id
    csv: receipt of the tax office
    wait: minimum time before the next call
    """

    records: Mapping[UUID, RecordAnswer]
    csv: str | None
    wait: timedelta


class TaxOffice(Protocol):
    """Tax office. Records are sent in the order of their chain; sending a record again changes nothing."""

    async def send(self, records: Sequence[InvoiceRecord], *, is_late: bool) -> OfficeAnswer:
        """Send at most AT_ONCE records. is_late: they could not be sent when they were made. Raises TaxOfficeFailed."""
        ...
