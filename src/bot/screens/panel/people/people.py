"""Screens of customers for staff: the search, the card, a subscription, and payments."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from string import Formatter
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot.accepted import check_text
from bot.formats import brief, day, moment
from bot.keyboards import button, keyboard
from bot.panel.command_buttons import command_buttons
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel import frame
from bot.screens.panel.frame import NO_NAMES, Names, actor_name, card, pairs, role_word, screen, turns
from bot.texts import Texts
from subscriptions.application.feature_failures import contained
from subscriptions.application.payments.refunds_by_staff import RecordRefund, WantRefund
from subscriptions.application.views.amounts import rewritten
from subscriptions.application.views.card_part import CardLine
from subscriptions.application.views.see_customers import CustomerView, HeldPlan, PaidMoney
from subscriptions.domain.entities.customer import Customer, Role
from subscriptions.domain.entities.subscription import STAFF, SubscriptionStatus
from subscriptions.domain.ports.repositories.people import AuditLine
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.payment_balance import DisplayedStatus
from subscriptions.domain.services.staff_policy import StaffAction, may

_OPEN = {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAUSED}
_TYPED_COMMANDS = ("customer.note", "customer.extend", "customer.grant", "customer.suspend", "customer.restore")
_RENEWALS = ("customer.cancel", "customer.undo", "customer.pause", "customer.resume")
_SAID_WHY = frozenset(
    {*_TYPED_COMMANDS, "customer.remove", *_RENEWALS, "customer.block", "customer.unblock", "payment.refund"}
)
"""Audited actions for which the customer's card shows the reason typed by staff. The reasons of other actions are shown
only in the audit log.
"""
_LONGEST = 120
PAST_SHOWN = 2


def newest(t: Texts, question: Screen, rows: Sequence[Row], page: int, more: bool) -> Screen:
    """Return a page of the newest customers below the search question. question: screen of the search question; its
    exit buttons are moved below the customers.
    """
    names = [_name(row) for row in rows]
    people_buttons = [
        t("people.listed", name=name, plans=", ".join(row["plans"]) or t.plain("people.no_plan"))
        for name, row in zip(names, rows, strict=True)
    ]
    buttons = [button(name, data("c", UUID(row["id"]))) for name, row in zip(names, rows, strict=True)]
    question_rows = question.markup.inline_keyboard if question.markup else []
    text = f"{question.text}\n\n{t('people.newest')}\n{card(*people_buttons)}"
    return Screen(text, keyboard(*buttons, turns(t, "people", page, more), *question_rows))


def search_results(t: Texts, people: Sequence[Row], words: str) -> Screen:
    """Return the results of a search. The staff member can send another message to search again."""
    rows = [button(_name(person), data("c", UUID(person["id"]))) for person in people]
    key = "people.found" if people else "people.nobody"
    return screen(t, t(key, words=words[:_LONGEST]), *rows, back_to="people")


def customer(
    t: Texts,
    view: CustomerView,
    role: Role | None,
    note: str | None = None,
    names: Names = NO_NAMES,
    plans: Mapping[str, str] = NO_NAMES,
    back_to: str = "people",
) -> Screen:
    """Return the card of a customer: identity, subscriptions, payments, and staff commands.

    note: result of the previous command. names: names of staff members by Telegram id. plans: names of plans by slug.
    """
    who = view.customer
    parts = [note] if note else []
    parts.append(_identity(t, who, vip=any(item.makes_vip for item in view.live)))
    if not who.reachable:
        parts.append(
            t("people.kept", kept=view.waiting_messages) if view.waiting_messages else t("people.nothing_kept")
        )
    for each in view.lines:
        with contained(each.feature, "cards: customer"):
            parts.append(_card_line(t, each, names))
    held_plans = [item for item in view.plans if not item.live][:PAST_SHOWN]
    parts += [_plan_line(t, item) for item in [*view.live, *held_plans]]
    if not view.plans:
        parts.append(t("people.nothing_bought"))
    if view.payments:
        parts.append(card(t("people.payments"), *(_payment_line(t, item) for item in view.payments)))
    if view.notes:
        parts.append(card(t("people.history"), *(_line(t, item, names, plans) for item in view.notes)))
    return screen(t, "\n\n".join(parts), *_links(t, view, role), back_to=back_to)


def _links(t: Texts, view: CustomerView, role: Role | None) -> list[frame.Row]:
    """Return the buttons of the customer's card: urgent commands, the subscriptions, the payments, and the page with
    further commands.
    """
    who = view.customer
    leading = _commands(t, view, role, leads=True)
    buttons = []
    if view.live:
        target = data("s", view.live[0].id) if len(view.live) == 1 else data("c.plans", who.id)
        buttons.append(button(t.plain("people.do.access"), target))
    if view.payments and may(role, StaffAction.REFUND_PAYMENT):
        buttons.append(button(t.plain("people.do.payments"), data("c.refund", who.id)))
    buttons.append(button(t.plain("people.do.more"), data("c.more", who.id)))
    return [*leading, *pairs(buttons)]


def plans_held(t: Texts, view: CustomerView) -> Screen:
    """Return the subscriptions of a customer who has several."""
    parts = [_identity(t, view.customer, vip=any(item.makes_vip for item in view.live))]
    parts += [_plan_line(t, item) for item in view.live]
    rows = [button(t.plain("people.open", plan=item.plan), data("s", item.id)) for item in view.live]
    return screen(t, "\n\n".join(parts), *rows, back_to=data("c", view.customer.id), deep=True)


def more(t: Texts, view: CustomerView, role: Role | None) -> Screen:
    """Return further staff commands for a customer."""
    text = _identity(t, view.customer, vip=any(item.makes_vip for item in view.live))
    rows = pairs(_customer_buttons(t, view, role))
    return screen(t, text, *rows, back_to=data("c", view.customer.id), deep=True)


def _card_line(t: Texts, line: CardLine, names: Names) -> str:
    facts = {name: moment(t, fact) if isinstance(fact, datetime) else fact for name, fact in line.facts.items()}
    text = t(line.text, **facts, **{name: actor_name(names, actor) for name, actor in line.actors.items()})
    check_text(text)
    return text


def subscription(t: Texts, who: Customer, plan: HeldPlan, role: Role | None, note: str | None = None) -> Screen:
    """Return one subscription of a customer with its commands."""
    parts = [note] if note else []
    parts += [_identity(t, who, vip=plan.makes_vip), _plan_line(t, plan)]
    rows = pairs(_subscription_buttons(t, plan, role))
    return screen(t, "\n\n".join(parts), *rows, back_to=data("c", who.id), deep=True)


def payments(t: Texts, view: CustomerView, chosen: UUID | None = None) -> Screen:
    """Return the screen with the actions available on a payment, such as a refund or the evidence for a dispute.

    chosen: id of the payment; None lists the payments if there are several, each with a button that opens its actions.
    """
    shown = [item for item in view.payments if chosen in (None, item.id)]
    lines = [card(*(_payment_line(t, item) for item in shown))] if shown else []
    back_to = data("c", view.customer.id) if chosen is None else data("c.refund", view.customer.id)
    offering = [item for item in shown if item.available_commands or any(facts.buttons for facts in item.added)]
    if chosen is None and len(shown) > 1 and offering:
        ways = [
            button(
                t.plain("people.payment_of", amount=item.amount, at=day(t, item.at)),
                data("c.refund", view.customer.id, item.id),
            )
            for item in offering
        ]
        lines.append(t("people.payment_which"))
        return screen(t, "\n\n".join(lines), *ways, back_to=back_to, deep=True)
    commands = [(item, command) for item in shown for command in item.available_commands]
    commands.sort(key=lambda each: each[1] is not WantRefund)
    rows = pairs(
        [
            button(t.plain(f"commands.{command.name}.label"), data(f"p.{command.name}", item.id))
            for item, command in commands
        ]
    )
    refundable = any(command is WantRefund for _, command in commands)
    recordable = any(RecordRefund in item.available_commands for item in shown)
    lines.append(
        t("people.refund_which" if refundable else "people.refund_elsewhere" if recordable else "people.refund_none")
    )
    added = [(item, facts) for item in shown for facts in item.added]
    for note, feature in {facts.note: facts.feature for _, facts in added if facts.note}.items():
        with contained(feature, "cards: payment"):
            lines.append(t(note))
    for item, facts in added:
        with contained(facts.feature, "cards: payment"):
            rows += [
                [button(t.plain(each.text, amount=item.amount, at=day(t, item.at)), data(each.page, item.id))]
                for each in facts.buttons
            ]
    return screen(t, "\n\n".join(lines), *rows, back_to=back_to, deep=True)


def _identity(t: Texts, who: Customer, *, vip: bool) -> str:
    marks = [t("people.vip")] if vip else []
    marks += [t("people.role", role=role_word(t, who.staff_role))] if who.staff_role else []
    marks += [t("people.tags", tags=" ".join(f"#{each}" for each in sorted(who.tags)))] if who.tags else []
    marks += [t("people.barred", at=day(t, who.barred_at))] if who.barred_at else []
    marks += [t("people.blocked_bot")] if who.blocked_at else []
    marks += [t("people.unopened")] if who.unopened_at else []
    lines = [
        t("people.name", name=who.full_name, username=f"@{who.username}" if who.username else "–"),
        t("people.id", id=who.telegram_id),
        t("people.since", at=day(t, who.created_at), source=who.source or "–"),
    ]
    return card(*lines, *marks)


def _plan_line(t: Texts, item: HeldPlan) -> str:
    end = brief(t, item.access_end) if item.access_end else "–"
    is_resting = item.on_hold and item.status is SubscriptionStatus.CANCELED
    state = t.plain(f"status.word.{'canceled_paused' if is_resting else item.status}", until=end)
    lines = [t("people.plan", plan=item.plan)]
    # The texts of the other states already contain the end.
    text_key = "state_held" if item.on_hold else "state_until" if item.status in _OPEN else "state"
    lines.append(t(f"people.{text_key}", state=state, until=end))
    if STAFF in item.paused_for:
        lines.append(t("people.by_staff"))
    if item.pause_until is not None:
        lines.append(t("people.pause_until", until=brief(t, item.pause_until)))
    if item.next_charge is not None and item.status is not SubscriptionStatus.PAST_DUE:
        key = "people.next_charge" if item.is_charge_reported else "people.next_charge_recorded"
        lines.append(t(key, amount=item.next_amount, at=brief(t, item.next_charge)))
    if item.renews_until is not None:
        lines.append(t("people.renews_until", until=brief(t, item.renews_until)))
    for each in item.waiting:
        key = "waiting" if each.begins is not None else "waiting_after"
        at = brief(t, each.begins) if each.begins is not None else "–"
        lines.append(t(f"people.{key}", left=t.unit("day", each.days), plan=each.plan, at=at))
    if item.live and item.access is not None:
        lines.append(t("people.access", access=t.plain(f"people.access_word.{item.access}")))
    return card(*lines)


_ICONS = {
    DisplayedStatus.CAPTURED: "✅",
    DisplayedStatus.FLAGGED: "⚠️",
    DisplayedStatus.REFUNDED: "💸",
    DisplayedStatus.DISPUTED: "⚠️",
    DisplayedStatus.LOST: "❌",
}


def _payment_line(t: Texts, item: PaidMoney) -> str:
    icon = _ICONS[item.status]
    refund_text = t.plain("people.back", back=item.returned_amount) if item.returned_amount.minor else ""
    line = t(
        "people.payment", icon=icon, at=day(t, item.at), amount=item.amount, reference=item.reference, back=refund_text
    )
    return f"{line} · {t(f'people.dispute.{item.dispute.status}')}" if item.dispute is not None else line


def _line(t: Texts, item: AuditLine, names: Names, plans: Mapping[str, str]) -> str:
    text_key = f"people.did.{item.action.replace('.', '_')}"
    what = t.plain(text_key, **_facts(t, text_key, item, plans)) if t.has(text_key) else item.action
    reason = item.reason if len(item.reason) <= _LONGEST else f"{item.reason[: _LONGEST - 1]}…"
    key = "people.line" if item.action in _SAID_WHY else "people.line_bare"
    return t(key, at=day(t, item.at), what=what, why=reason, by=actor_name(names, item.actor))


def _facts(t: Texts, text_key: str, item: AuditLine, plans: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of an audit entry, with a dash for a fact that the entry lacks."""
    facts = {name: "–" for _, name, _, _ in Formatter().parse(t.entries[text_key]) if name} | item.facts
    buttons: Mapping[str, Callable[[str], str]] = {
        "to": partial(role_word, t),
        "from": partial(role_word, t),
        "plan": lambda soft_id: plans.get(soft_id, soft_id),
        "amount": lambda amount: rewritten(amount, t.language),
    }
    return facts | {name: write(item.facts[name]) for name, write in buttons.items() if name in item.facts}


def _subscription_buttons(t: Texts, item: HeldPlan, role: Role | None) -> list[InlineKeyboardButton]:
    return command_buttons(t, role, [command.name for command in item.available_commands], item.id)


def _customer_buttons(t: Texts, view: CustomerView, role: Role | None) -> list[InlineKeyboardButton]:
    who = view.customer
    buttons = [button(t.plain("people.do.why"), data("c.why", who.id))] if may(role, StaffAction.SEE_CUSTOMERS) else []
    buttons += _commands(t, view, role, leads=False)
    return buttons + command_buttons(t, role, [command.name for command in view.available_commands], who.id)


def _commands(t: Texts, view: CustomerView, role: Role | None, *, leads: bool) -> list[InlineKeyboardButton]:
    """Return the buttons of the commands that concern a subject of the customer, such as a payment.

    leads: True for the commands shown on the card itself, False for those on the page with further commands.
    """
    found = [each for each in view.commands if each.leads is leads]
    return [shown for each in found for shown in command_buttons(t, role, [each.command.name], each.subject)]


def _name(row: Row) -> str:
    name = " ".join(filter(None, (row["first_name"], row["last_name"])))
    return f"{name} · {'@' + row['username'] if row['username'] else row['telegram_id']}"
