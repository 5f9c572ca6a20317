"""Staff commands that tag a customer and remove a tag."""

from collections.abc import Sequence
from typing import Any, Final

from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, choice
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.domain.services.tags import LONGEST_TAG, MOST_TAGS, normalised

_LONGEST: Final = MOST_TAGS * (LONGEST_TAG + 2)


def _tag(text: str) -> str:
    try:
        return normalised(text)
    except InvalidInput as error:
        raise Wrong(error.problem, given=" ".join(text.split())[: 2 * LONGEST_TAG], limit=str(LONGEST_TAG)) from None


def parse_tag(answer: Answer, _: Answers) -> str:
    """Check one tag and return its stored form. Raises Wrong."""
    return _tag(answer.text)


def _tags(answer: Answer, _: Answers) -> str:
    """Check tags separated by commas and return their stored form. Raises Wrong."""
    tags = {_tag(each) for each in answer.text.replace("\n", ",").split(",") if each.strip()}
    if not tags:
        raise Wrong("tag_empty")
    if len(tags) > MOST_TAGS:
        raise Wrong("tags_many", n=str(len(tags)), limit=str(MOST_TAGS))
    return ",".join(sorted(tags))


def _set_of(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


TAGS: Final[Input[frozenset[str]]] = Input(
    name="tags", kind=InputKind.TEXT, parse=_tags, value=_set_of, limits=(1, _LONGEST)
)
"""Input for tags to add, separated by commas."""
TAG: Final[Input[str]] = Input(name="tag", kind=InputKind.CHOICE, parse=choice, value=str)
"""Input for a tag to remove."""


class TagCustomer(StaffCommand):
    """Staff command that adds tags to a customer, by which staff filter the list and choose audiences. Tags that the
    customer already has are kept.
    """

    name = "tag"
    permission = StaffAction.NOTE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (TAGS,)
    outcomes = ("tagged",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Add the tags. Raises Wrong if the customer would have too many tags."""
        customer = await _locked(execution)
        added = execution[TAGS] - customer.tags
        if len(customer.tags | added) > MOST_TAGS:
            raise Wrong("tags_many", question=TAGS.name, n=str(len(customer.tags | added)), limit=str(MOST_TAGS))
        customer.tags |= added
        await execution.uow.customers.save(customer)
        facts = {"tags": ", ".join(sorted(customer.tags))}
        entry = AuditEntry(subject=customer.id, action="customer.tagged", facts={"tags": ", ".join(sorted(added))})
        return Outcome(name="tagged", facts=facts, audit=[entry] if added else [])


class UntagCustomer(StaffCommand):
    """Staff command that removes a tag from a customer."""

    name = "untag"
    permission = StaffAction.NOTE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (TAG,)
    outcomes = ("untagged",)
    needs_confirmation = False

    async def run(self, execution: Execution) -> Outcome:
        """Remove the tag, unless another staff member has already removed it."""
        customer, tag = await _locked(execution), execution[TAG]
        had_it = tag in customer.tags
        customer.tags -= {tag}
        await execution.uow.customers.save(customer)
        entry = AuditEntry(subject=customer.id, action="customer.untagged", facts={"tags": tag})
        return Outcome(name="untagged", facts={"tag": tag}, audit=[entry] if had_it else [])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the customer's tags."""
        tags = subject.customer.tags if subject.customer is not None else ()
        return [Choice(each, each) for each in sorted(tags)]


async def _locked(execution: Execution) -> Customer:
    known = await execution.uow.customers.get(CustomerId(execution.subject_id))
    customer = await execution.uow.customers.by_telegram_id(known.telegram_id, lock=True) if known is not None else None
    if customer is None:
        raise NothingToDo("no such customer")
    return customer
