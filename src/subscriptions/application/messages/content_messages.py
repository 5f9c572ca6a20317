"""Message that delivers a plan's content in the private chat."""

from typing import Self
from uuid import UUID

from subscriptions.application.access.content import has_content
from subscriptions.application.messages.announcement import Announcement, Sources
from subscriptions.domain.entities.content import ContentForm
from subscriptions.domain.entities.notification import Attachment, MessageKind
from subscriptions.domain.ids import ResourceId


class ContentReady(Announcement, kind=MessageKind.CONTENT):
    """Message that delivers the content of a plan: a text, a link or a file.

    body: the text, the URL or Telegram's id of the file
    form: kind of content
    """

    is_protected = True

    title: str
    form: str
    body: str

    @property
    def word(self) -> str:
        """Return the variant of the text, which depends on the kind of content."""
        return self.form if self.form in {ContentForm.LINK, ContentForm.TEXT} else "other"

    @property
    def attachment(self) -> Attachment | None:
        """Return the file if the content is a file; None otherwise."""
        if self.form not in {ContentForm.DOCUMENT, ContentForm.PHOTO}:
            return None
        return Attachment(self.body, photo=self.form == ContentForm.PHOTO)

    @classmethod
    async def load(cls, sources: Sources, subject: UUID) -> Self | None:
        """Return the message. Return None if the customer is no longer entitled to the content. `subject`: id of the
        resource.
        """
        resource = await sources.uow.resources.get(ResourceId(subject))
        content = await sources.uow.resources.content(ResourceId(subject))
        if resource is None or content is None or sources.customer_id is None:
            return None
        if not await has_content(sources.uow, sources.customer_id, resource, sources.policy, sources.now):
            return None
        return cls(title=resource.title, form=content.form, body=content.body)
