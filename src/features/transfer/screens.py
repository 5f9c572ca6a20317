"""Screens of second accounts: naming and verification of an account, transfers, and refusals."""

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.formats import moment
from bot.keyboards import button, copy, keyboard
from bot.screens import Screen
from bot.texts import Texts
from features.transfer.callbacks import (
    ACCOUNT,
    ACCOUNT_FORGET,
    ACCOUNT_NAME,
    ACCOUNT_OBJECT,
    ACCOUNT_TAKE,
    ACCOUNT_TAKE_SURE,
)
from features.transfer.domain import CODE_LIFETIME, AccountTransfer
from features.transfer.messages import AccountTransferClosedMessage, AccountTransferPendingMessage
from features.transfer.use_cases.account_rules import Refusal
from features.transfer.use_cases.take_over import AccountView
from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.entities.customer import Customer


def start_button(t: Texts) -> InlineKeyboardButton:
    """Return the button that opens the screens of second accounts."""
    return button(t.plain("account.button.open"), ACCOUNT)


def card(t: Texts, view: AccountView, *, is_on: bool = True) -> Screen:
    """Render the state of an account with the available action. `is_on`: False while the feature is being switched off
    and no second account can be named.
    """
    back_button = button(t.plain("buttons.back"), callbacks.MY_DATA)
    if view.outgoing_transfer is not None:
        stop = button(t.plain("account.button.object"), ACCOUNT_OBJECT)
        return Screen(_leaving(t, view.outgoing_transfer), keyboard(stop, back_button))
    if view.incoming_transfer is not None:
        return Screen(_coming(t, view.incoming_transfer), keyboard(back_button))
    if view.takes_from is not None:
        take = button(t.plain("account.button.take"), ACCOUNT_TAKE)
        return Screen(t("account.named", since=moment(t, view.takes_from)), keyboard(take, back_button))
    name = [button(t.plain("account.button.name"), ACCOUNT_NAME)] if is_on else []
    if view.second is None:
        return Screen(t("account.none" if is_on else "account.not_offered"), keyboard(*name, back_button))
    forget = button(t.plain("account.button.forget"), ACCOUNT_FORGET)
    number = str(view.second.telegram_id)
    return Screen(t("account.second", account=number), keyboard(*name, forget, back_button))


def _leaving(t: Texts, account_transfer: AccountTransfer) -> str:
    """Return the text about a transfer for the first account."""
    if account_transfer.due_at is not None:
        return t("account.leaving", due=moment(t, account_transfer.due_at))
    return t("account.leaving_held" if account_transfer.is_held else "account.leaving_announced")


def _coming(t: Texts, account_transfer: AccountTransfer) -> str:
    """Return the text about a transfer for the second account, which names the step that must happen next."""
    if account_transfer.status is AccountTransferStatus.PROPOSED:
        return t("account.proposed")
    if account_transfer.due_at is not None:
        return t("account.coming", due=moment(t, account_transfer.due_at))
    return t("account.held" if account_transfer.is_held else "account.announced")


def offer(t: Texts, link: str | Refusal) -> Screen:
    """Render the link to open from the second account."""
    if isinstance(link, Refusal):
        return refusal(t, link)
    minutes = int(CODE_LIFETIME.total_seconds()) // 60
    back_button = button(t.plain("buttons.back"), ACCOUNT)
    text = t("account.offered", link=link, minutes=minutes)
    return Screen(text, keyboard(copy(t.plain("buttons.copy_link"), link), back_button))


def proof(t: Texts, proof_result: Customer | Refusal) -> Screen:
    """Render the result of opening the verification link from the second account: the customer who is linked, or a
    refusal.
    """
    if isinstance(proof_result, Refusal):
        return refusal(t, proof_result)
    return Screen(
        t("account.proved", name=proof_result.mention), keyboard(button(t.plain("buttons.plans"), callbacks.PLAN_LIST))
    )


def sure(t: Texts) -> Screen:
    """Render the question whether to request a transfer to this account."""
    take = button(t.plain("account.button.take_sure"), ACCOUNT_TAKE_SURE)
    return Screen(t("account.sure"), keyboard(take, button(t.plain("buttons.back"), ACCOUNT)))


def under_way(t: Texts, account_transfer: AccountTransfer | Refusal) -> Screen:
    """Render the requested transfer and the step that must happen next, or the refusal of the request."""
    return (
        refusal(t, account_transfer) if isinstance(account_transfer, Refusal) else Screen(_coming(t, account_transfer))
    )


def objection(t: Texts, account_transfer: AccountTransfer | Refusal) -> Screen:
    """Render the result of an objection."""
    if isinstance(account_transfer, Refusal):
        return refusal(t, account_transfer)
    return Screen(t("account.objected"), keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def pending(t: Texts, message: AccountTransferPendingMessage) -> Screen:
    """Render the notice to the first account, with the button that stops the transfer."""
    stop = button(t.plain("account.button.object"), ACCOUNT_OBJECT)
    return Screen(t(f"notices.{message.kind}", due=moment(t, message.due)), keyboard(stop))


def settled(t: Texts, message: AccountTransferClosedMessage) -> Screen:
    """Render the result of a transfer."""
    status = button(t.plain("buttons.status"), callbacks.STATUS)
    return Screen(t(f"notices.{message.kind}.{message.word}"), keyboard(status))


def refusal(t: Texts, reason: Refusal) -> Screen:
    """Render the reason for a refusal, with a button to go back."""
    return Screen(t(f"account.refused.{reason}"), keyboard(button(t.plain("buttons.back"), ACCOUNT)))
