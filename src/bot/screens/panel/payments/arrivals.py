"""Screens of payments that staff confirms: the list, and one payment with the details to find it on a
bank statement.
"""

from collections.abc import Sequence
from typing import Final

from bot.formats import brief, day
from bot.keyboards import button
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import HOME, Row, card, screen, turns
from bot.texts import Texts
from subscriptions.application.payments.awaited_payments import AwaitedPayment
from subscriptions.application.payments.confirm_by_hand import ConfirmPayment, RefusePayment
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.spoken import nearest

_COMMANDS: Final = {"yes": ConfirmPayment, "no": RefusePayment}
"""Commands on an awaited payment, keyed by the suffix of their texts."""


def payment_list(
    t: Texts, items: Sequence[AwaitedPayment], page: int, more: bool, note: str | None = None, back_to: str = HOME
) -> Screen:
    """Return a page of the list, newest first. note: result of the previous command."""
    parts = [note] if note else []
    parts += [t("arrivals.title"), t("arrivals.about" if items else "arrivals.none")]
    rows: list[Row] = [button(_label(t, item), data("arrival", item.order_id, item.number)) for item in items]
    rows.append(turns(t, "arrivals", page, more))
    return screen(t, "\n\n".join(parts), *rows, back_to=back_to, deep=back_to != HOME)


def one(t: Texts, item: AwaitedPayment, role: Role | None) -> Screen:
    """Return the screen that asks whether a payment was received. A previous decision can be repeated
    but not reversed.
    """
    facts = [
        t("arrivals.customer", name=item.customer.mention),
        t("arrivals.plan", plan=item.plan),
        t("arrivals.amount", amount=item.amount),
        t("arrivals.reference", reference=item.reference),
        t("arrivals.session", session=item.session_ref),
        t("arrivals.method", label=nearest(item.label, t.language) or next(iter(item.label.values()), "–")),
        t("arrivals.asked_at", at=brief(t, item.asked_at)),
    ]
    question = t(f"arrivals.said_{_word(item)}" if item.decision else "arrivals.ask")
    text = f"{t('arrivals.one')}\n{card(*facts)}\n{question}"
    commands = [command.name for command in _COMMANDS.values() if item.decision in {None, command.permission}]
    buttons = command_buttons(t, role, commands, item.order_id, item.number)
    who = button(t.plain("arrivals.open"), data("c", item.customer.id, "arrival", item.order_id, item.number))
    return screen(t, text, buttons, who, back_to="arrivals", deep=True)


def _label(t: Texts, item: AwaitedPayment) -> str:
    key = "arrivals.line_said" if item.decision else "arrivals.line"
    return t.plain(key, amount=item.amount, name=item.customer.mention, at=day(t, item.asked_at))


def _word(item: AwaitedPayment) -> str:
    return next(word for word, command in _COMMANDS.items() if command.permission is item.decision)
