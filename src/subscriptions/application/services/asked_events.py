"""What a provider said when it was asked goes where a webhook would have put it."""

from datetime import datetime

from subscriptions.domain.events import WebhookStored
from subscriptions.domain.ids import InboxId, new_uuid
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.ports.webhook_inbox import InboxEntry, InboxStatus


async def store_if_new(uow: UnitOfWork, event: PaymentEvent, now: datetime) -> bool:
    """Whether it was not stored before; the job that applies it is committed with it."""
    entry = InboxEntry(id=InboxId(new_uuid()), event=event, body=b"", status=InboxStatus.PENDING, received_at=now)
    if not await uow.inbox.add_if_new(entry):
        return False
    uow.record(WebhookStored(entry.id))
    return True
