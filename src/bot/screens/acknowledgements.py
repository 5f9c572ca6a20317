"""Acknowledgement of a withdrawal from a contract, as a message with a file."""

from importlib import import_module
from typing import Final

from bot import callbacks
from bot.formats import calendar_day, moment
from bot.keyboards import button, keyboard
from bot.screens import Attached, Screen
from bot.texts import Texts
from subscriptions.application.messages.payment_messages import Withdrawn
from subscriptions.domain.money import Money

LONGEST_CAPTION: Final = 1024
"""Maximum length of a file's caption, in characters (core.telegram.org/bots/api#senddocument).

Telegram does not count markup; the check here does.
"""


def acknowledgement(t: Texts, message: Withdrawn, brand: str, support: str = "") -> Screen:
    """Return the acknowledgement as a message: its content, date and time, with the same content as an attached file.
    If the text is too long for a caption, a button sends the file instead.

    support: contact address, may be empty.
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
    """Return the content of the acknowledgement as pairs of a name and a value, for the file."""
    names = ("contract", "person", "declared", "statement")
    values = (*_values(t, message), t.plain("document.withdrawal.declaration"))
    lines = list(zip((t.plain(f"document.withdrawal.{name}") for name in names), values, strict=True))
    amount = message.amount if message.amount is not None else None
    lines += [(t.plain("document.withdrawal.amount"), t.money(amount))] if amount is not None else []
    lines += [(t.plain("document.withdrawal.kept"), t.money(message.owed))] if message.owed is not None else []
    lines += [(t.plain("document.withdrawal.due"), moment(t, message.due))] if amount is not None else []
    return lines


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
    money = money_line(t, message.amount, message.owed, automatic=message.automatic, due=due)
    return [money, t(f"withdrawal.{key}")]


def money_line(t: Texts, amount: Money | None, kept_amount: Money | None, *, automatic: bool, due: str) -> str:
    if amount is None or not amount.minor:
        return t("withdrawal.money.nothing")
    text = t("withdrawal.money.automatic" if automatic else "withdrawal.money.by_hand", amount=amount, due=due)
    return text if kept_amount is None else f"{text} {t('withdrawal.money.kept', kept=kept_amount)}"
