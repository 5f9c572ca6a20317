"""Staff view of one tip with all its legs, before or after the start of its event."""

from dataclasses import dataclass

from features.record.domain.tip_history import TipHistory
from features.record.permissions import SEE_RECORD
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.ids import PostId
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class SeeTip:
    """Use case that returns a tip for staff."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk

    @reads(SEE_RECORD)
    async def __call__(self, uow: UnitOfWork, tip_id: PostId) -> TipHistory | None:
        """Return the history of the tip; None if it does not exist. Raises NotAllowed."""
        entries = await uow.of(RECORDS_KEY).of_tip(tip_id)
        return TipHistory(tip_id, entries) if entries else None
