"""Additions that features make to cards: lines, links, buttons, notices and commands. A card shows staff the details of
one customer, payment or other subject.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol
from uuid import UUID

from subscriptions.application.dto.rooms import declared_by
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.feature_failures import PATIENCE_S, contained
from subscriptions.application.features import FeatureState, InvalidFeature, StateOf
from subscriptions.application.staff.command import StaffCommand
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class CardLine:
    """One line of a card.

    text: key of the line's text, among the texts of the chat; for a payment, which only the console shows, among those
        of the console
    facts: numbers and texts, shown unchanged, and timestamps, shown in the reader's time zone
    actors: facts that name staff members, by their Telegram ids
    feature: name of the feature that adds the line; filled in when the card is read
    """

    text: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    actors: Mapping[str, str] = field(default_factory=dict)
    feature: str = ""

    @property
    def all_facts(self) -> Mapping[str, Fact]:
        """All facts, including the actors by their Telegram ids."""
        return {**self.facts, **self.actors}


@dataclass(frozen=True, kw_only=True)
class CardLink:
    """Link of a card in the console.

    label, description: keys of the texts that are shown and read aloud
    path: path relative to the console's root
    """

    label: str
    description: str
    path: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CardLinks:
    """Group of links on a card in the console, with a common text. It is shown to staff with the permission."""

    text: str
    permission: Permission
    links: Sequence[CardLink]


@dataclass(frozen=True, kw_only=True)
class CardButton:
    """Button of a card in the panel.

    text: key of the button's text
    page: page to open, which receives the id of the card's subject
    """

    text: str
    page: str


@dataclass(frozen=True, kw_only=True)
class CardNotice:
    """Notice on a customer's card in the console that links to a page, shown to staff with a permission.

    text: key of the text, among those of the console
    path: path relative to the console's root
    """

    text: str
    permission: Permission
    path: str


@dataclass(frozen=True, kw_only=True)
class CardCommand:
    """Staff command that is offered on a customer's card in the panel although its subject is not the customer.

    subject: id of the command's subject
    leads: True for a button of the card itself, False for a button in the menu of further commands
    """

    command: type[StaffCommand]
    subject: UUID
    leads: bool = False


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """Additions of a feature to one card.

    note: key of a text that explains the buttons, shown once for several cards on one page
    offered: staff commands of the feature, each with True if the command can be used now
    feature: name of the feature; filled in when the card is read
    """

    lines: Sequence[CardLine] = ()
    links: Sequence[CardLinks] = ()
    buttons: Sequence[CardButton] = ()
    notices: Sequence[CardNotice] = ()
    commands: Sequence[CardCommand] = ()
    note: str = ""
    offered: Mapping[type[StaffCommand], bool] = field(default_factory=dict)
    feature: str = ""


class CardPart(Protocol):
    """Port for reading a feature's additions to cards, declared in `CARDS` of the feature's module `cards`. `kind`:
    kind of the subject.
    """

    kind: ClassVar[str]

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Return the feature's additions to the card of one subject."""
        ...


async def read_parts(uow: UnitOfWork, kind: str, subject_id: UUID, state_of: StateOf) -> Sequence[CardFacts]:
    """Return what the features add to a card. Features that are off are skipped, except those that still have
    obligations. An addition that fails is left out.
    """
    found = list[CardFacts]()
    for name, parts in declared_by("cards", "CARDS").items():
        for part in parts:
            with contained(name, f"cards: {kind}"):
                if part.kind == kind and state_of(type(part)) is not FeatureState.OFF:
                    async with asyncio.timeout(PATIENCE_S), uow.attempt():
                        found.append(_of(name, await part.read(uow, subject_id)))
    return found


def _of(feature: str, facts: CardFacts) -> CardFacts:
    """Return the additions with the name of their feature. Raises InvalidFeature if the feature
    returned another type.
    """
    if not isinstance(facts, CardFacts):
        raise InvalidFeature(f"CardFacts are needed, not {type(facts).__name__}")
    return replace(facts, feature=feature, lines=[replace(line, feature=feature) for line in facts.lines])


def lines_of(parts: Sequence[CardFacts]) -> Sequence[CardLine]:
    """Return the lines of all additions."""
    return [line for part in parts for line in part.lines]


def offered_by(parts: Sequence[CardFacts]) -> Mapping[type[StaffCommand], bool]:
    """Return the commands of all additions, each with True if the command can be used now."""
    return {command: is_offered for part in parts for command, is_offered in part.offered.items()}
