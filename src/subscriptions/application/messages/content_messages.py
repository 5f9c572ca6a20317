"""The message by which the bot hands over what a plan opens in the chat itself."""

from typing import Self
from uuid import UUID

from subscriptions.application.access.content import has_content
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.content import ContentForm
from subscriptions.domain.entities.notification import Attachment, MessageKind
from subscriptions.domain.ids import ResourceId


class ContentReady(Announcement, kind=MessageKind.CONTENT):
    """A text, a link or a file. body: the text, the address or the file's id; form: which of them it is."""

    is_protected = True

    title: str
    form: str
    body: str

    @property
    def word(self) -> str:
        """By what it is."""
        return self.form if self.form in {ContentForm.LINK, ContentForm.TEXT} else "other"

    @property
    def attachment(self) -> Attachment | None:
        """The file."""
        if self.form not in {ContentForm.DOCUMENT, ContentForm.PHOTO}:
            return None
        return Attachment(self.body, photo=self.form == ContentForm.PHOTO)

    @classmethod
    async def gather(cls, sources: Sources, subject: UUID) -> Self | None:
        """subject: the resource. None where its customer has no right to it any more."""
        resource = await sources.uow.resources.get(ResourceId(subject))
        content = await sources.uow.resources.content(ResourceId(subject))
        if resource is None or content is None or sources.customer_id is None:
            return None
        if not await has_content(sources.uow, sources.customer_id, resource, sources.policy, sources.now):
            return None
        return cls(title=resource.title, form=content.form, body=content.body)
