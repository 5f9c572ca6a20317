"""Screens of a withdrawal from a contract: its consequences, and refusals."""

from collections.abc import Sequence

from bot import callbacks
from bot.formats import calendar_day, moment
from bot.keyboards import button, keyboard
from bot.screens import Screen
from bot.screens.acknowledgements import money_line
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.withdrawals.contracts import Contract, WithdrawalRefused
from subscriptions.domain.entities.withdrawal import Withdrawal


def choose(t: Texts, contracts: Sequence[Contract]) -> Screen:
    """Ask which of several contracts to withdraw from."""
    rows = [
        button(f"{t.translate(each.plan_name)} · #{each.order.reference}", callbacks.withdraw(each.order.id.hex))
        for each in contracts
    ]
    return Screen(t("withdrawal.choose"), keyboard(*rows, button(t.plain("buttons.keep"), callbacks.STATUS)))


def card(t: Texts, contract: Contract) -> Screen:
    """Return the first step: the contract, the customer, the address for the acknowledgement, and the consequences. Its
    button leads to the second step.
    """
    lines = [
        t(
            "withdrawal.card",
            plan=contract.plan_name,
            reference=contract.order.reference,
            contract_at=moment(t, contract.contract_at),
            name=contract.name,
        ),
        money_line(
            t, contract.amount, contract.retention, automatic=contract.automatic, due=t.plain("withdrawal.within")
        ),
        t("withdrawal.ends_gift" if contract.order.for_another else "withdrawal.ends"),
        *(t("withdrawal.waiting", left=t.unit("day", each.days), plan=each.plan) for each in contract.waiting),
        t("withdrawal.until", last_day=calendar_day(t, contract.last_day)),
    ]
    confirm = button(t.plain("withdrawal.confirm"), callbacks.confirm_withdraw(contract.order.id.hex))
    return Screen("\n\n".join(lines), keyboard(confirm, button(t.plain("buttons.keep"), callbacks.STATUS)))


def confirmation(t: Texts, withdrawal: Withdrawal) -> Screen:
    """Return the screen that replaces the first step after the withdrawal. The acknowledgement is a
    separate message.
    """
    text = t("withdrawal.done", plan=withdrawal.plan_name, declared_at=moment(t, withdrawal.declared_at))
    return Screen(text, keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def refusal_screen(t: Texts, refusal: WithdrawalRefused, contact: str) -> Screen:
    """Return the reason for a refusal, with a contact address."""
    last_day = calendar_day(t, refusal.day) if refusal.day is not None else "–"
    text = t(f"withdrawal.refused.{refusal.refusal}", plan=refusal.plan_name, on=last_day)
    if contact:
        text = f"{text}\n\n{t('chat.support', contact=contact)}"
    withdrawal = refusal.withdrawal
    proof = (
        button(t.plain("withdrawal.file"), callbacks.acknowledgement(withdrawal.order_id.hex)) if withdrawal else None
    )
    return Screen(text, keyboard(proof, button(t.plain("buttons.status"), callbacks.STATUS)))


def section(t: Texts) -> StatusSection:
    """Return the status card's section with the button for withdrawing from a contract."""
    action = button(t.plain("buttons.withdraw"), callbacks.WITHDRAW)
    return StatusSection(order=60, buttons=[[action]], is_prominent=True)
