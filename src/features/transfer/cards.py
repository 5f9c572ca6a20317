"""Account transfers on the card of a customer."""

from typing import ClassVar, Final
from uuid import UUID

from features.transfer.commands import AgreeMove, MoveAccount, StopMove
from features.transfer.domain import AccountTransfer
from features.transfer.use_cases.account_rules import open_account_transfer
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.staff.command import SubjectKind
from subscriptions.application.views.card_part import CardFacts, CardLine
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork


class TransferCard:
    """Part of a customer's card with the open transfer and the staff commands that apply to it."""

    kind: ClassVar[str] = SubjectKind.CUSTOMER

    async def read(self, uow: UnitOfWork, subject_id: UUID) -> CardFacts:
        """Implements `CardPart.read`."""
        return facts_of(await open_account_transfer(uow, CustomerId(subject_id)))


def facts_of(account_transfer: AccountTransfer | None) -> CardFacts:
    """Return the lines and commands of the customer's card. account_transfer: open transfer; None if there is none."""
    if account_transfer is None:
        return CardFacts(offered={MoveAccount: True, AgreeMove: False, StopMove: False})
    facts: dict[str, Fact] = {"account": int(account_transfer.to_account), "due": account_transfer.due_at or ""}
    line = CardLine(text=f"people.{_word(account_transfer)}", facts=facts, actors={"by": account_transfer.asked_by})
    may_agree = account_transfer.status is AccountTransferStatus.PROPOSED or account_transfer.is_held
    return CardFacts(lines=[line], offered={MoveAccount: False, AgreeMove: may_agree, StopMove: True})


def _word(account_transfer: AccountTransfer) -> str:
    """Return the last part of the key of the text that describes the transfer's current step."""
    if account_transfer.status is AccountTransferStatus.PROPOSED:
        return "move_proposed"
    if account_transfer.is_held:
        return "move_confirmed" if account_transfer.confirmed_by is not None else "move_held"
    return "move_waits" if account_transfer.due_at is not None else "move_announced"


CARDS: Final = (TransferCard(),)
