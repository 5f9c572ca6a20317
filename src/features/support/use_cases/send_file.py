"""Delivery of a file that staff uploaded for one customer."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from subscriptions.domain.errors import ActionRequired, Permanent
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.people_sender import PeopleSender
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SendFile:
    """Use case that sends an uploaded file to a customer, and deletes the upload."""

    units: UnitOfWorkFactory
    sender: PeopleSender

    async def __call__(self, upload_id: UUID, customer_id: CustomerId) -> None:
        """Send the file, unless it was sent or the customer was erased. A file that Telegram refuses is dropped. Raises
        RetryLater.
        """
        async with self.units() as uow:
            upload, customer = await uow.uploads.get(upload_id), await uow.customers.get(customer_id)
        if upload is None:
            return
        if customer is not None:
            try:
                await self.sender.send_file(customer.telegram_id, upload, None)
            except (Permanent, ActionRequired) as error:
                log.warning("a file was not sent to a customer", reason=str(error))
        async with self.units() as uow:
            await uow.uploads.remove(upload_id)
            await uow.commit()
