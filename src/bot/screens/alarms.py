"""Screens of owner alerts: the problem, its facts, and a button that fixes the problem if possible."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.accepted import LONGEST, check_text
from bot.formats import with_code
from bot.keyboards import button, keyboard
from bot.panel.data import data
from bot.screens import Screen, bulk_expiries, reconciled
from bot.texts import Texts
from subscriptions.application.alarms.alarm_kind import AlarmLink, PanelPage, alarm_kinds, link_of, permission_for
from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.feature_failures import FAILURES
from subscriptions.application.features import InvalidFeature
from subscriptions.application.views.alarm_facts import shown_facts
from subscriptions.domain.entities.customer import Role, StaffRole
from subscriptions.domain.services.staff_policy import StaffAction, may

Facts = Mapping[str, str]

_NO_KINDS: Final = frozenset({"fact", "other"})
_CODE: Final = re.compile(r"[a-z0-9_]{1,40}")
"""Pattern of a provider's code that is short enough for a button."""


def alarm(t: Texts, facts: Facts) -> Screen:
    """Return the screen of one alarm. A kind of alarm without its own text gets a generic text."""
    kind = facts.get("alarm", "")
    if kind in _SPECIAL_SCREENS:
        return _SPECIAL_SCREENS[kind](t, facts)
    key = f"alarms.{kind}"
    head = _words(t, kind, facts) if kind not in _NO_KINDS and t.has(key) else ""
    head = head or t("alarms.other", kind=kind)
    lines = [
        t("alarms.fact", name=name, value=value) for name, value in shown_facts(facts, t.language, t.zone, _find(t))
    ]
    buttons = [each for each in (leads(t, kind, facts), bars(t, kind, facts), whom(t, facts)) if each is not None]
    fact, stop, advice = head.partition(". ")
    # Telegram does not support code within bold text.
    fact, advice = fact.replace("`", ""), with_code(advice)
    return Screen(
        "\n".join([f"🚨 <b>{fact}{stop.strip()}</b> {advice}".strip(), *lines]),
        keyboard(*buttons) if buttons else None,
    )


def _words(t: Texts, kind: str, facts: Facts) -> str:
    """Return an alarm's text; empty if facts are missing or Telegram would reject it. The alarm is sent in any case."""
    try:
        text = t(f"alarms.{kind}", **facts)
        check_text(text, LONGEST)
    except (LookupError, ValueError, InvalidFeature) as error:
        feature = feature_of(alarm_kinds().get(kind))
        if feature is not None:
            FAILURES.add(feature, f"alarm: {kind}", error)
        return ""
    return text


def _many(t: Texts, facts: Facts) -> Screen:
    """Return one message for many alarms of the same kind, with one alarm as an example and a button to the list."""
    one = alarm(t, {"alarm": facts.get("alarms", "")})
    return Screen(f"🚨 {t('alarms.many_alarms')}\n\n{one.text}", keyboard(_page("alarms")(t, facts)))


def _find(t: Texts) -> Callable[[str], str | None]:
    return lambda key: t.entries.get(f"alarms.{key}")


def whom(t: Texts, facts: Facts, alarm_id: UUID | None = None) -> InlineKeyboardButton | None:
    """Return the button that opens the card of the alarm's customer; None for an alarm without a customer. alarm_id:
    alarm to which the card leads back; None for the list of alarms.
    """
    customer = _id(facts, "customer")
    origin = ("alarm", alarm_id) if alarm_id is not None else ("alarms",)
    return button(t.plain("buttons.their_card"), data("c", customer, *origin)) if customer else None


def leads(t: Texts, kind: str, facts: Facts, role: Role | None = StaffRole.OWNER) -> InlineKeyboardButton | None:
    """Return the button that helps to resolve an alarm, or None if the alarm's facts or the role do not permit one."""
    target = link_of(kind)
    if target is None or not may(role, permission_for(target)):
        return None
    make = _page_of(target) if isinstance(target, PanelPage) else _LINK_BUTTONS.get(target)
    return make(t, facts) if make is not None else None


def bars(t: Texts, kind: str, facts: Facts, role: Role | None = StaffRole.OWNER) -> InlineKeyboardButton | None:
    """Return the button for one of the responses to a customer's ban from a chat: bar the customer from buying and
    refund the payment. None if the alarm or the role does not allow this response.
    """
    access = _id(facts, "access")
    if link_of(kind) is not AlarmLink.BAN or access is None or not may(role, StaffAction.REFUND_PAYMENT):
        return None
    return button(t.plain("commands.bar_and_refund.label"), data("a.bar_and_refund", access))


def _let_in(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    access = _id(facts, "access")
    return button(t.plain("commands.let_in.label"), data("a.let_in", access)) if access else None


def _repair(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    access = _id(facts, "access")
    return button(t.plain("buttons.repair"), callbacks.repair(access)) if access else None


def _refund(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    customer = _id(facts, "customer")
    return button(t.plain("people.do.refund"), data("c.refund", customer)) if customer else None


def _invitation(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    invitation = _id(facts, "invitation")
    return button(t.plain("alarms.ways.invitation"), data("inv", invitation)) if invitation else None


def _payments(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    customer = _id(facts, "customer")
    return button(t.plain("people.do.payments"), data("c.refund", customer)) if customer else None


def _grant(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    customer = _id(facts, "customer")
    return button(t.plain("commands.grant.label"), data("c.grant", customer)) if customer else None


def _plan(t: Texts, facts: Facts) -> InlineKeyboardButton:
    plan = _id(facts, "plan_id")
    return button(t.plain("alarms.ways.plan"), data("plan", plan)) if plan else _page("plans")(t, facts)


def _method(t: Texts, facts: Facts) -> InlineKeyboardButton:
    provider = facts.get("provider", "")
    if not _CODE.fullmatch(provider):
        return _page("methods")(t, facts)
    return button(t.plain("panel.way.methods"), data("method", provider))


def _hide(t: Texts, facts: Facts) -> InlineKeyboardButton:
    provider = facts.get("provider", "")
    if not _CODE.fullmatch(provider):
        return _page("methods")(t, facts)
    return button(t.plain("alarms.ways.hide_method"), data("method.off", provider))


def _retry_button(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    number = facts.get("number", "")
    return button(t.plain("commands.repeat_job.label"), data("job.again", number)) if number.isdecimal() else None


def _repeat(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
    inbox = _id(facts, "inbox")
    return button(t.plain("commands.repeat_webhook.label"), data("webhook.again", inbox)) if inbox else None


def _page(name: str) -> Callable[[Texts, Facts], InlineKeyboardButton]:
    return lambda t, facts: button(t.plain(f"panel.way.{name}"), data(name))


def _page_of(target: PanelPage) -> Callable[[Texts, Facts], InlineKeyboardButton | None]:
    def make(t: Texts, facts: Facts) -> InlineKeyboardButton | None:
        subject = _id(facts, target.subject) if target.subject else None
        if target.subject and subject is None:
            return None
        return button(
            t.plain(target.text or f"panel.way.{target.page}"), data(target.page, *([subject] if subject else []))
        )

    return make


def _reconcile(t: Texts, facts: Facts) -> InlineKeyboardButton:
    return button(t.plain("commands.reconcile.label"), data("reconcile"))


def _id(facts: Facts, name: str) -> UUID | None:
    """Return an id from the facts, or None if the id is missing or an earlier version wrote it in another form."""
    try:
        return UUID(facts.get(name, ""))
    except ValueError:
        return None


_SPECIAL_SCREENS: Final[Mapping[str, Callable[[Texts, Facts], Screen]]] = {
    **bulk_expiries.SCREENS,
    "reconciled": reconciled.report,
    "brought_back": reconciled.database_restored,
    "many_alarms": _many,
}
"""Functions that render kinds of alarm with a special layout."""

_LINK_BUTTONS: Final[Mapping[AlarmLink, Callable[[Texts, Facts], InlineKeyboardButton | None]]] = {
    AlarmLink.REFUND: _refund,
    AlarmLink.PAYMENTS: _payments,
    AlarmLink.REPAIR: _repair,
    AlarmLink.BAN: _let_in,
    AlarmLink.REQUEUE: _retry_button,
    AlarmLink.REPEAT_WEBHOOK: _repeat,
    AlarmLink.PLAN: _plan,
    AlarmLink.METHODS: _method,
    AlarmLink.HIDE_METHOD: _hide,
    AlarmLink.CHANNEL: _page("channel"),
    AlarmLink.ACCOUNTS: _page("accounts"),
    AlarmLink.RECONCILE: _reconcile,
    AlarmLink.ALARMS: _page("alarms"),
    AlarmLink.GRANT: _grant,
    AlarmLink.INVITATION: _invitation,
}
"""Functions that return a button for each way to resolve an alarm in the chat. Alarms without a function here can only
be resolved in the console.
"""
