"""Staff command that replaces content that the bot delivers."""

from dataclasses import replace

from subscriptions.application.resources.add_content import BODY
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Execution, NothingToDo, Outcome
from subscriptions.domain.entities.content import Content


class ChangeContent(ChangeResource):
    """Staff command that replaces the text, link or file that the bot delivers, for example after the bot was replaced.

    Customers who received the earlier content keep it, and can request the new content with the button.
    """

    name = "change_content"
    inputs = (BODY,)
    outcomes = ("changed",)

    async def run(self, execution: Execution) -> Outcome:
        """Replace the content. Raises NothingToDo for a chat, and for identical content."""
        resource = await resource_of(execution)
        old_content = await execution.uow.resources.content(resource.id)
        content = Content.parse(resource.id, execution[BODY])
        if old_content is None or old_content == content:
            raise NothingToDo("it is a chat" if old_content is None else "it is handed over already")
        await execution.uow.resources.save_content(replace(old_content, form=content.form, body=content.body))
        audit = [audit_entry(resource, "resource.content_changed", form=content.form)]
        return Outcome(name="changed", facts={"title": resource.title}, audit=audit)
