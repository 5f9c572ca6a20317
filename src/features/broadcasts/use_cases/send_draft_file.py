"""Upload of a draft's file to Telegram, as a message that is then copied to the recipients."""

from dataclasses import dataclass

import structlog

from features.broadcasts.domain import BroadcastId, BroadcastStatus
from features.broadcasts.ports import BROADCASTS_KEY
from subscriptions.domain.entities.post import CAPTION_LIMIT, PostSource
from subscriptions.domain.errors import ActionRequired, InvalidInput, Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.people_sender import PeopleSender
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)

TOO_LONG = "MEDIA_CAPTION_TOO_LONG"
"""Telegram's error for a caption that is too long."""


@dataclass(frozen=True)
class SendDraftFile:
    """Use case that sends a draft with its file to the staff member who uploaded it, exactly as recipients will see
    it, and keeps that message as the draft's content. Telegram keeps the file, and the upload is deleted.
    """

    units: UnitOfWorkFactory
    sender: PeopleSender

    async def __call__(self, broadcast_id: BroadcastId) -> None:
        """Send the file and store the message as the draft's content; do nothing if the draft is gone. If Telegram
        refuses the file, store the reason with the upload. Raises RetryLater if Telegram does not answer.
        """
        async with self.units() as uow:
            upload, broadcast = await uow.uploads.get(broadcast_id), await uow.of(BROADCASTS_KEY).get(broadcast_id)
        if upload is None or broadcast is None or broadcast.status is not BroadcastStatus.DRAFT:
            return
        if len(broadcast.content.text) > CAPTION_LIMIT:
            await self._refuse(broadcast_id, TOO_LONG)
            return
        owner = upload.facts.owner
        try:
            message = await self.sender.send_file(owner, upload, broadcast.content)
        except (Permanent, ActionRequired) as error:
            await self._refuse(broadcast_id, str(error))
            return
        async with self.units() as uow:
            draft = await uow.of(BROADCASTS_KEY).get(broadcast_id, lock=True)
            if draft is None:
                return
            try:
                draft.attach(PostSource(ChatId(owner), (message.message_id,)))
            except InvalidInput as error:
                # The draft was changed while its file was sent.
                log.warning("a draft keeps no file", reason=str(error))
            else:
                await uow.of(BROADCASTS_KEY).save(draft)
            await uow.uploads.remove(broadcast_id)
            await uow.commit()

    async def _refuse(self, broadcast_id: BroadcastId, reason: str) -> None:
        log.warning("a draft's file was refused", reason=reason)
        async with self.units() as uow:
            await uow.uploads.refuse(broadcast_id, reason)
            await uow.commit()
