"""Preview of a bulk expiry for staff with permission."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscriptions.application.expiry.preview_bulk_expiry import Preview, PreviewBulkExpiry
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.bulk_expiry import BulkExpiry, BulkExpiryStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction


@dataclass(frozen=True)
class SeeBulkExpiry:
    """Use case that returns the preview and the questions that the owners have not answered."""

    units: UnitOfWorkFactory
    preview_bulk_expiry: PreviewBulkExpiry
    staff_desk: StaffDesk

    @with_permission(StaffAction.SEE_BULK_EXPIRY)
    async def __call__(self, _: TelegramId) -> tuple[Preview, Sequence[BulkExpiry]]:
        """Return the preview and the unanswered questions. The preview polls providers and changes nothing. Raises
        NotAllowed.
        """
        async with self.units() as uow:
            bulk_expiries = await uow.bulk_expiries.with_status(BulkExpiryStatus.ASKING)
        return await self.preview_bulk_expiry(), bulk_expiries
