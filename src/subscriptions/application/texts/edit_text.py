"""Staff commands that edit a text, or restore its default."""

import re
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Answer, Answers
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.application.staff.subject_type import FindSubject
from subscriptions.application.texts.sample import sample_of
from subscriptions.application.texts.text_rule import texts_per_plan
from subscriptions.application.texts.text_rules import LONGEST, check_text, default_of, model_of
from subscriptions.domain.entities.custom_text import PER_RESOURCE, CustomText, TextId
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

_EXCERPT: Final = 1500
"""Length of the excerpt of the current text in the confirmation, in characters. In the chat, one message contains both
the excerpt and the new text.
"""


def _text(answer: Answer, answers: Answers) -> str:
    text = answer.text.replace("\r\n", "\n").strip()
    check_text(answers["key"], answers["model"], text)
    return text


TEXT: Final[Input[str]] = Input(name="text", kind=InputKind.PARAGRAPH, parse=_text, value=str, limits=(0, LONGEST))


def text_finder(catalog: TextCatalog) -> FindSubject:
    """Return a function that finds texts by id (`es:plans.welcome`) or by the UUID in the chat's buttons."""
    by_uuid: dict[str, TextId] = {}

    async def find(uow: UnitOfWork, reference: str) -> Subject | None:
        if not by_uuid:
            every = (TextId(language, key) for language in LANGUAGES for key in catalog.text_keys())
            by_uuid.update({str(each.uuid): each for each in every})
        text_id = (
            by_uuid.get(reference) or by_uuid.get(str(TextId.parse(reference).uuid)) or await _scoped_id(uow, reference)
        )
        default = default_of(catalog, text_id) if text_id is not None else None
        if text_id is None or default is None:
            return None
        custom = await uow.texts.get(text_id)
        text = custom.text if custom is not None else default
        reads = {"key": text_id.key, "model": model_of(catalog, text_id) or default}
        return Subject(id=str(text_id), name=str(text_id), facts={"text": text, "default": default}, reads=reads)

    return find


async def _scoped_id(uow: UnitOfWork, reference: str) -> TextId | None:
    plans = [plan.soft_id for plan in await uow.plans.all()]
    rituals = [each.soft_id for each in await uow.resources.all() if each.has_ritual and not each.is_vip]
    every = (
        TextId(language, key).for_one(name)
        for keys, names in ((texts_per_plan(), plans), (PER_RESOURCE, rituals))
        for key in keys
        for name in names
        for language in LANGUAGES
    )
    return next((each for each in every if reference in {str(each), str(each.uuid)}), None)


class EditText(StaffCommand):
    """Staff command that edits a text in one language. If the new text equals the default, the operator's text is
    removed.
    """

    catalog: TextCatalog
    policy: Policy

    name = "edit_text"
    permission = StaffAction.EDIT_TEXTS
    subject = SubjectKind.TEXT
    inputs = (TEXT,)
    outcomes = ("edited", "restored", "unchanged")
    effects = ("reads",)

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the text as a customer would read it, without formatting."""
        plain_text = re.sub(r"</?[a-z][^<>]*>", "", sample_of(execution[TEXT], self.policy.brand))
        return Effect(
            name="reads", facts={"text": plain_text if len(plain_text) <= _EXCERPT else f"{plain_text[:_EXCERPT]}…"}
        )

    async def run(self, execution: Execution) -> Outcome:
        """Save the text. Every process uses it within seconds."""
        text_id, text = TextId.parse(execution.subject), execution[TEXT]
        if text == self.catalog.default(text_id):
            return await _restore(execution, text_id)
        custom = await execution.uow.texts.get(text_id)
        if custom is not None and custom.text == text:
            return Outcome(name="unchanged", facts={"name": str(text_id)})
        await execution.uow.texts.save(
            CustomText(language=text_id.language, key=text_id.key, text=text, changed_at=execution.at)
        )
        old_text = custom.text if custom is not None else default_of(self.catalog, text_id) or ""
        facts = {"name": str(text_id), "before": old_text, "after": text}
        return Outcome(
            name="edited", facts={"name": str(text_id)}, audit=[AuditEntry(subject=str(text_id), facts=facts)]
        )


class RestoreText(StaffCommand):
    """Staff command that resets a text to its default."""

    name = "restore_text"
    permission = StaffAction.EDIT_TEXTS
    subject = SubjectKind.TEXT
    outcomes = ("restored", "unchanged")

    async def run(self, execution: Execution) -> Outcome:
        """Remove the operator's text. The audit log still contains it."""
        return await _restore(execution, TextId.parse(execution.subject))


async def _restore(execution: Execution, text_id: TextId) -> Outcome:
    custom = await execution.uow.texts.get(text_id)
    if custom is None or not await execution.uow.texts.remove(text_id):
        return Outcome(name="unchanged", facts={"name": str(text_id)})
    entry = AuditEntry(subject=str(text_id), action="text.restore", facts={"name": str(text_id), "before": custom.text})
    return Outcome(name="restored", facts={"name": str(text_id)}, audit=[entry])
