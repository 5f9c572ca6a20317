"""Screens of a withdrawal from a contract: its consequences, the acknowledgement, and refusals."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from bot import callbacks
from bot.formats import calendar_day, moment
from bot.keyboards import button, keyboard
from bot.screens import Attached, Screen
from bot.status_section import StatusSection
from bot.texts import Texts
from subscriptions.application.messages.payment_messages import Withdrawn
from subscriptions.application.withdrawals.contracts import Contract, WithdrawalRefused
from subscriptions.domain.entities.withdrawal import Withdrawal
from subscriptions.domain.money import Money

LONGEST_CAPTION: Final = 1024
"""Maximum characters of a file's caption (core.telegram.org/bots/api#senddocument).

Telegram does not count markup; the check here does.
"""


def choose(t: Texts, contracts: Sequence[Contract]) -> Screen:
    """Ask which of several contracts to withdraw from."""
    rows = [
        button(f"{t.translate(each.plan_name)} · #{each.order.reference}", callbacks.withdraw(each.order.id.hex))
        for each in contracts
    ]
    return Screen(t("withdrawal.choose"), keyboard(*rows, button(t.plain("buttons.keep"), callbacks.STATUS)))


def card(t: Texts, contract: Contract) -> Screen:
    """Return step one: the contract, the customer, the acknowledgement's recipient, and the consequences. Its button is
    step two.
    """
    lines = [
        t(
            "withdrawal.card",
            plan=contract.plan_name,
            reference=contract.order.reference,
            contract_at=moment(t, contract.contract_at),
            name=contract.name,
        ),
        _money(t, contract.amount, contract.retention, automatic=contract.automatic, due=t.plain("withdrawal.within")),
        t("withdrawal.ends_gift" if contract.order.gift else "withdrawal.ends"),
        t("withdrawal.until", last_day=calendar_day(t, contract.last_day)),
    ]
    confirm = button(t.plain("withdrawal.confirm"), callbacks.confirm_withdraw(contract.order.id.hex))
    return Screen("\n\n".join(lines), keyboard(confirm, button(t.plain("buttons.keep"), callbacks.STATUS)))


def confirmation(t: Texts, withdrawal: Withdrawal) -> Screen:
    """Return the replacement of the card. The acknowledgement is a separate message."""
    text = t("withdrawal.done", plan=withdrawal.plan_name, declared_at=moment(t, withdrawal.declared_at))
    return Screen(text, keyboard(button(t.plain("buttons.status"), callbacks.STATUS)))


def acknowledgement(t: Texts, message: Withdrawn, brand: str, support: str = "") -> Screen:
    """Return the acknowledgement: its content, date and time, with the same as an attached file.

    support: contact address, may be empty. If the text is too long for a caption, a button sends the file.
    """
    parts = [t("withdrawal.title"), "\n".join(_facts(t, message)), *_follows(t, message)]
    parts += [t("chat.support", contact=support)] if support else []
    text = "\n\n".join(parts)
    if len(text) > LONGEST_CAPTION:
        return Screen(text, keyboard(button(t.plain("withdrawal.file"), callbacks.acknowledgement(message.order))))
    return Screen(text, attached=file(t, message, brand))


def file(t: Texts, message: Withdrawn, brand: str) -> Attached:
    """Return the acknowledgement as a file."""
    name = t.plain("document.withdrawal.file_name", reference=message.reference)
    # The PDF library is imported with the first document.
    return Attached(
        f"{name}.pdf",
        lambda: import_module("bot.documents").document(brand, t.plain("document.withdrawal.title"), rows(t, message)),
    )


def rows(t: Texts, message: Withdrawn) -> list[tuple[str, str]]:
    """Return the acknowledgement as names and values for the file."""
    names = ("contract", "person", "declared", "statement")
    values = (*_values(t, message), t.plain("document.withdrawal.declaration"))
    lines = list(zip((t.plain(f"document.withdrawal.{name}") for name in names), values, strict=True))
    amount = message.amount if message.amount is not None else None
    lines += [(t.plain("document.withdrawal.amount"), t.money(amount))] if amount is not None else []
    lines += [(t.plain("document.withdrawal.kept"), t.money(message.owed))] if message.owed is not None else []
    lines += [(t.plain("document.withdrawal.due"), moment(t, message.due))] if amount is not None else []
    return lines


def refusal_screen(t: Texts, refusal: WithdrawalRefused, contact: str) -> Screen:
    """Return the reason of a refusal, with a contact address."""
    last_day = calendar_day(t, refusal.day) if refusal.day is not None else "–"
    text = t(f"withdrawal.refused.{refusal.refusal}", plan=refusal.plan_name, on=last_day)
    if contact:
        text = f"{text}\n\n{t('chat.support', contact=contact)}"
    withdrawal = refusal.withdrawal
    proof = (
        button(t.plain("withdrawal.file"), callbacks.acknowledgement(withdrawal.order_id.hex)) if withdrawal else None
    )
    return Screen(text, keyboard(proof, button(t.plain("buttons.status"), callbacks.STATUS)))


def _values(t: Texts, message: Withdrawn) -> tuple[str, str, str]:
    contract = t.plain(
        "withdrawal.contract",
        plan=message.plan_name,
        reference=message.reference,
        contract_at=moment(t, message.contract_at),
    )
    return contract, message.name, moment(t, message.declared_at)


def _facts(t: Texts, message: Withdrawn) -> list[str]:
    names = [t.plain(f"document.withdrawal.{name}") for name in ("contract", "person", "declared")]
    pairs = zip(names, _values(t, message), strict=True)
    return [t("withdrawal.line", name=name, value=value) for name, value in pairs]


def _follows(t: Texts, message: Withdrawn) -> list[str]:
    due = t.plain("withdrawal.at_latest", due=calendar_day(t, message.due.astimezone(t.zone).date()))
    key = "gift_ended" if message.gift else "shorter" if message.live else "ended"
    money = _money(t, message.amount, message.owed, automatic=message.automatic, due=due)
    return [money, t(f"withdrawal.{key}")]


def _money(t: Texts, amount: Money | None, kept_amount: Money | None, *, automatic: bool, due: str) -> str:
    if amount is None or not amount.minor:
        return t("withdrawal.money.nothing")
    text = t("withdrawal.money.automatic" if automatic else "withdrawal.money.by_hand", amount=amount, due=due)
    return text if kept_amount is None else f"{text} {t('withdrawal.money.kept', kept=kept_amount)}"


def section(t: Texts) -> StatusSection:
    """Return the section of the status card while the customer may withdraw from a contract."""
    way = button(t.plain("buttons.withdraw"), callbacks.WITHDRAW)
    return StatusSection(order=60, buttons=[[way]], is_prominent=True)
