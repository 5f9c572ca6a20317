"""Staff command that adds a text, link or file that plans can include."""

from typing import Final

from subscriptions.application.access.kinds.content.kind import HandedOver
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong
from subscriptions.application.resources.add_resource import SOFT_ID
from subscriptions.application.resources.change_resource import TITLE, ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry
from subscriptions.application.staff.command import Execution, Outcome, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.content import CONTENT_LIMIT, Content, ContentForm
from subscriptions.domain.entities.resource import EntryPolicy, Resource
from subscriptions.domain.entities.service_plan import soft_id_from


def _content(answer: Answer, _: Answers) -> str:
    if answer.file is not None:
        return f"{ContentForm.PHOTO if answer.photo else ContentForm.DOCUMENT}:{answer.file}"
    text = answer.text.strip()
    if not text:
        raise Wrong("content_empty")
    if len(text) > CONTENT_LIMIT:
        raise Wrong("content_long", n=str(len(text)), limit=str(CONTENT_LIMIT))
    return text


BODY: Final[Input[str]] = Input(
    name="content", kind=InputKind.PARAGRAPH, parse=_content, value=str, limits=(1, CONTENT_LIMIT)
)
"""Input for the content to deliver: a text, a single link, or a file sent to the bot."""


class AddContent(ChangeResource):
    """Staff command that adds a text, link or file. The bot delivers it to customers of the plans that include it."""

    name = "add_content"
    subject = SubjectKind.SHOP
    inputs = (TITLE, BODY, SOFT_ID)
    outcomes = ("added",)
    makes = SubjectKind.RESOURCE

    async def run(self, execution: Execution) -> Outcome:
        """Add the content. Customers receive it only after a plan includes it."""
        name = execution[SOFT_ID] or soft_id_from(execution[TITLE])
        resource = Resource.add(name, HandedOver.name, execution[TITLE], EntryPolicy.DIRECT, execution.at)
        if not await execution.uow.resources.add_if_new(resource):
            raise Wrong("soft_id_taken", question=SOFT_ID.name, name=name)
        content = Content.parse(resource.id, execution[BODY])
        await execution.uow.resources.save_content(content)
        audit = [audit_entry(resource, "resource.added", kind=resource.kind, form=content.form)]
        return Outcome(name="added", facts={"title": resource.title, "resource": name}, audit=audit)
