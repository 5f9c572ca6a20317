"""Account transfers on the card of a customer."""

from typing import ClassVar, Final
from uuid import UUID

from features.transfer.commands import AgreeMove, MoveAccount, StopMove
from features.transfer.domain import Takeover
from features.transfer.use_cases.account_rules import open_takeover
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardFacts, CardLine
from subscriptions.domain.entities.takeover_status import TakeoverStatus
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class TransferCard:
    """Part of a customer's card with the open transfer and the staff commands that apply to it."""

    kind: ClassVar[str] = SubjectKind.CUSTOMER

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """See CardPart."""
        return facts_of(await open_takeover(uow, CustomerId(subject_id)))


def facts_of(takeover: Takeover | None) -> CardFacts:
    """Return the card's lines and commands for the open transfer; None if there is no open transfer."""
    if takeover is None:
        return CardFacts(offered={MoveAccount: True, AgreeMove: False, StopMove: False})
    facts: dict[str, Fact] = {"account": int(takeover.to_account), "due": takeover.due_at or ""}
    line = CardLine(text=f"people.{_word(takeover)}", facts=facts, actors={"by": takeover.asked_by})
    may_agree = takeover.status is TakeoverStatus.PROPOSED or takeover.is_held
    return CardFacts(lines=[line], offered={MoveAccount: False, AgreeMove: may_agree, StopMove: True})


def _word(takeover: Takeover) -> str:
    """Return the name of the text that describes the step that the transfer waits for."""
    if takeover.status is TakeoverStatus.PROPOSED:
        return "move_proposed"
    if takeover.is_held:
        return "move_confirmed" if takeover.confirmed_by is not None else "move_held"
    return "move_waits" if takeover.due_at is not None else "move_announced"


CARDS: Final = (TransferCard(),)
