"""Staff commands for a customer who lost an account without having named a second one: two staff members agree on a
transfer.
"""

from typing import Final

from features.transfer.domain import AccountTransfer, AccountTransferAsked
from features.transfer.permissions import MOVE_CUSTOMER
from features.transfer.ports import ACCOUNT_TRANSFERS_KEY
from features.transfer.use_cases.account_rules import Refusal, both_locked, hindrance, open_account_transfer
from subscriptions.application.dto.typed_answers import Fact, Wrong, whole
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import REASON, Input, InputKind
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.ids import TELEGRAM_ID_LIMIT, CustomerId, TelegramId


def _account_of(text: str) -> TelegramId:
    return TelegramId(int(text))


ACCOUNT: Final[Input[TelegramId]] = Input(
    name="account",
    kind=InputKind.NUMBER,
    parse=whole(1, TELEGRAM_ID_LIMIT, "account"),
    value=_account_of,
    limits=(1, TELEGRAM_ID_LIMIT),
)
"""Input for the Telegram id of the other account."""


def _person(execution: Execution) -> str:
    """Return the name of the staff member who runs the command. Raises Wrong if a program or the command line runs it,
    because only people may agree to a transfer.
    """
    if execution.actor.staff is None:
        raise Wrong("people_only", question=REASON.name)
    return execution.actor.name


async def _pending_account_transfer(execution: Execution) -> AccountTransfer:
    await execution.uow.customers.get(CustomerId(execution.subject_id), lock=True)
    account_transfer = await open_account_transfer(execution.uow, CustomerId(execution.subject_id))
    if account_transfer is None:
        raise NothingToDo("no account transfer")
    return account_transfer


class MoveAccount(StaffCommand):
    """Staff command that proposes the transfer of a customer's purchases to another account. Nothing happens until a
    second staff member agrees.
    """

    name = "move_account"
    begins = True
    permission = MOVE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (ACCOUNT, REASON)
    outcomes = ("move_proposed",)

    async def run(self, execution: Execution) -> Outcome:
        """Propose the transfer. Raises Wrong if the other account cannot take over, and NothingToDo if a transfer is in
        progress.
        """
        person, account = _person(execution), execution[ACCOUNT]
        pair = await both_locked(execution.uow, CustomerId(execution.subject_id), account)
        refusal = await hindrance(execution.uow, *pair) if pair is not None else None
        if pair is None or refusal is not None:
            is_banned = refusal is Refusal.BANNED
            raise Wrong("account_banned" if is_banned else "account_unfit", question=ACCOUNT.name)
        account_transfer = AccountTransfer(
            id=execution.operation,
            customer_id=pair[0].id,
            from_account=pair[0].telegram_id,
            to_account=account,
            status=AccountTransferStatus.PROPOSED,
            asked_by=person,
            asked_at=execution.at,
        )
        if not await execution.uow.of(ACCOUNT_TRANSFERS_KEY).add_if_new(account_transfer):
            raise NothingToDo("under way")
        entry = AuditEntry(subject=pair[0].id, facts={"step": "proposed", "account": str(account)})
        return Outcome(name="move_proposed", facts={"account": account}, audit=[entry])


class AgreeMove(StaffCommand):
    """Staff command with which a second staff member agrees to a transfer. The transfer takes place a day after the
    notice, unless the first account objects.

    If the first account could not be notified, two staff members confirm the transfer with the same command.
    """

    name = "agree_move"
    permission = MOVE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    outcomes = ("move_agreed", "move_confirmed", "move_released")
    effects = ("goes", "goes_unannounced")

    async def preview(self, execution: Execution) -> Effect:
        """Return the account and the proposer, so that the staff member sees them before agreeing."""
        account_transfer = await _pending_account_transfer(execution)
        colleague = await execution.uow.customers.by_telegram_id(TelegramId(int(account_transfer.asked_by)))
        asked_by = colleague.mention if colleague is not None else account_transfer.asked_by
        name = "goes_unannounced" if account_transfer.is_held else "goes"
        return Effect(name=name, facts={"account": int(account_transfer.to_account), "by": asked_by})

    async def run(self, execution: Execution) -> Outcome:
        """Agree to the transfer, or confirm a transfer whose notice failed. Raises Wrong for the staff member who
        proposed or already confirmed the transfer, and NothingToDo if no transfer waits for consent.
        """
        person, account_transfer = _person(execution), await _pending_account_transfer(execution)
        if account_transfer.is_held:
            return await self._confirm(execution, account_transfer, person)
        if account_transfer.status is not AccountTransferStatus.PROPOSED:
            raise NothingToDo("agreed already")
        if person == account_transfer.asked_by:
            raise Wrong("other_person", question=REASON.name)
        account_transfer.agreed_by = person
        account_transfer.wait(execution.at)
        await execution.uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
        execution.uow.record(AccountTransferAsked(account_transfer.customer_id, account_transfer.id))
        entry = AuditEntry(
            subject=account_transfer.customer_id, facts={"step": "agreed", "account": str(account_transfer.to_account)}
        )
        return Outcome(name="move_agreed", facts={"account": int(account_transfer.to_account)}, audit=[entry])

    async def _confirm(self, execution: Execution, account_transfer: AccountTransfer, person: str) -> Outcome:
        """Confirm a transfer whose notice failed. The confirmation of a second staff member releases the transfer."""
        if person == account_transfer.confirmed_by:
            raise Wrong("other_person", question=REASON.name)
        is_released = account_transfer.confirm(person, execution.at)
        await execution.uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
        step = "released" if is_released else "confirmed"
        entry = AuditEntry(
            subject=account_transfer.customer_id, facts={"step": step, "account": str(account_transfer.to_account)}
        )
        facts: dict[str, Fact] = {"account": int(account_transfer.to_account)}
        if is_released:
            facts["until"] = account_transfer.due_at or execution.at
        return Outcome(name=f"move_{step}", facts=facts, audit=[entry])


class StopMove(StaffCommand):
    """Staff command that stops an open transfer, requested by the customer or by staff."""

    name = "stop_move"
    permission = MOVE_CUSTOMER
    subject = SubjectKind.CUSTOMER
    inputs = (REASON,)
    outcomes = ("move_stopped",)

    async def run(self, execution: Execution) -> Outcome:
        """Stop the transfer and remove the second account. Raises NothingToDo if no transfer is in progress."""
        account_transfer = await _pending_account_transfer(execution)
        account_transfer.close(AccountTransferStatus.DROPPED, execution.at)
        await execution.uow.of(ACCOUNT_TRANSFERS_KEY).save(account_transfer)
        await execution.uow.of(ACCOUNT_TRANSFERS_KEY).remove_second(account_transfer.customer_id)
        entry = AuditEntry(
            subject=account_transfer.customer_id, facts={"step": "stopped", "account": str(account_transfer.to_account)}
        )
        return Outcome(name="move_stopped", facts={"account": int(account_transfer.to_account)}, audit=[entry])
