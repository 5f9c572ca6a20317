"""Payments that only a person sees arrive: those that wait, one with all that finds it at the bank, really?"""

from collections.abc import Sequence
from typing import Final

from bot.formats import brief, day
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import HOME, Row, card, screen, turns
from bot.texts import Texts
from subscriptions.application.payments.awaited_payments import AwaitedPayment
from subscriptions.application.payments.confirm_by_hand import ConfirmByHand, ConfirmPayment, RefusePayment
from subscriptions.domain.entities.spoken import nearest

_ACTS: Final = {"yes": ConfirmPayment, "no": RefusePayment}


def payment_list(
    t: Texts, items: Sequence[AwaitedPayment], page: int, more: bool, note: str | None = None, back_to: str = HOME
) -> Screen:
    """The newest first, page by page. note: a line above, of what was just done."""
    parts = [note] if note else []
    parts += [t("arrivals.title"), t("arrivals.about" if items else "arrivals.none")]
    rows: list[Row] = [button(_label(t, item), data("arrival", item.order_id, item.number)) for item in items]
    rows.append(turns(t, "arrivals", page, more))
    return screen(t, "\n\n".join(parts), *rows, back_to=back_to, deep=back_to != HOME)


def one(t: Texts, item: AwaitedPayment) -> Screen:
    """Did it arrive? What was said of it already can be said again, and nothing else."""
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
    ways = [
        button(t.plain(f"commands.{act.name}.label"), data(f"arrival.{word}", item.order_id, item.number))
        for word, act in _ACTS.items()
        if item.decision in {None, act.permission}
    ]
    who = button(t.plain("arrivals.open"), data("c", item.customer.id))
    return screen(t, text, ways, who, back_to="arrivals", deep=True)


def sure(t: Texts, item: AwaitedPayment, act: type[ConfirmByHand]) -> Screen:
    """A second tap."""
    own, word = f"commands.{act.name}", next(word for word, each in _ACTS.items() if each is act)
    facts = {"amount": item.amount, "name": item.customer.mention, "plan": item.plan, "order": item.reference}
    do = button(t.plain(f"{own}.do"), data(f"arrival.{word}2", item.order_id, item.number))
    return screen(t, t(f"{own}.sure", **facts), do, back_to=data("arrival", item.order_id, item.number))


def _label(t: Texts, item: AwaitedPayment) -> str:
    key = "arrivals.line_said" if item.decision else "arrivals.line"
    return t.plain(key, amount=item.amount, name=item.customer.mention, at=day(t, item.asked_at))


def _word(item: AwaitedPayment) -> str:
    return next(word for word, act in _ACTS.items() if act.permission is item.decision)
