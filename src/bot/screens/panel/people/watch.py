"""Screens of open alarms and of the Telegram accounts' state."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton
from babel.numbers import format_decimal

from bot.formats import brief
from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen, bulk_expiries
from bot.screens.alarms import alarm, bars, leads, whom
from bot.screens.panel.frame import Row, card, pairs, screen, up
from bot.texts import Texts
from subscriptions.application.accounts.pool_forecast import PoolForecast
from subscriptions.application.alarms.alarm_kind import AlarmLink, link_of
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import Role
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.services.staff_policy import StaffAction, may

_LONGEST: Final = 160


def alarms(t: Texts, open_alarms: Sequence[Alarm], note: str | None = None, role: Role | None = None) -> Screen:
    """Return the open alarms, newest first."""
    lines = [t("watch.alarms.title")]
    lines += [note] if note else []
    lines.append(t("watch.alarms.about") if open_alarms else t("watch.alarms.none"))
    if open_alarms:
        lines.append(
            card(
                *(
                    t("watch.alarms.line", n=number, what=_what(t, item), at=brief(t, item.raised_at))
                    for number, item in enumerate(open_alarms, start=1)
                )
            )
        )
    open_buttons = [
        button(t.plain("watch.alarms.open", n=number), data("alarm", item.id))
        for number, item in enumerate(open_alarms, start=1)
    ]
    rows: list[Row] = [*pairs(open_buttons)]
    if may(role, StaffAction.RECONCILE):
        rows.append(button(t.plain("commands.reconcile.label"), data("reconcile")))
    return screen(t, "\n\n".join(lines), *rows, back_to=up("alarms"))


def one(t: Texts, item: Alarm, role: Role | None) -> Screen:
    """Return one alarm with the buttons that resolve it."""
    facts = {"alarm": item.kind, **item.facts}
    question = bulk_expiries.SCREENS.get(item.kind)
    inner_screen = question(t, facts) if question is not None else alarm(t, facts)
    lines = [inner_screen.text, t("watch.alarms.since", at=brief(t, item.raised_at))]
    rows: list[InlineKeyboardButton | None] = []
    if item.closed_at is not None:
        lines.append(t("watch.alarms.closed", at=brief(t, item.closed_at)))
    else:
        if may(role, StaffAction.CONFIRM_BULK_EXPIRY):
            for word, page in bulk_expiries.ANSWERS.get(item.kind, {}).items():
                rows.append(button(t.plain(f"sweeps.buttons.{word}"), data(page, UUID(item.facts["sweep"]))))
        rows.append(_leads(t, item, role))
        rows.append(bars(t, item.kind, item.facts, role))
        rows.append(whom(t, item.facts, item.id))
        if may(role, StaffAction.CLOSE_ALARMS):
            rows.append(button(t.plain("commands.settle_alarm.label"), data("alarm.close", item.id)))
    return screen(t, "\n\n".join(lines), *rows, back_to="alarms", deep=True)


def _leads(t: Texts, item: Alarm, role: Role | None) -> InlineKeyboardButton | None:
    link_button = leads(t, item.kind, item.facts, role)
    mends = link_button is not None and link_of(item.kind) is AlarmLink.REPAIR
    # On this screen, the result is shown above the list instead of in a separate message.
    return button(t.plain("buttons.repair"), data("alarm.fix", item.id)) if mends else link_button


def _what(t: Texts, item: Alarm) -> str:
    """Return the customer's name, if known, and the first sentence of the alarm's text."""
    text_key = f"alarms.{item.kind}"
    try:
        text = t.plain(text_key, **item.facts) if t.has(text_key) else item.kind
    except (LookupError, ValueError):
        # The alarm was raised by another version with other facts. It must not prevent the display of the other alarms.
        text = item.kind
    sentence = text.partition(". ")[0].rstrip(".")
    if len(sentence) > _LONGEST:
        sentence = f"{sentence[:_LONGEST].rpartition(' ')[0]}…"
    name = item.facts.get("name", "")
    return f"{name}: {sentence}" if name and name not in sentence else sentence


def accounts(t: Texts, userbot_accounts: Sequence[UserbotAccount], forecast: PoolForecast) -> Screen:
    """Return each account's state, and a forecast of how long the capacity of all accounts will last."""
    if not userbot_accounts:
        return screen(t, t("watch.accounts.none"), back_to=up("accounts"))
    lines = [
        t(
            "watch.accounts.line",
            label=item.label or item.phone[-4:],
            state=t.plain(f"watch.accounts.state.{item.status}"),
            used=item.channels_used,
            cap=item.channel_cap,
        )
        for item in userbot_accounts
    ]
    rest = t(
        "watch.accounts.forecast",
        share=forecast.share,
        left=forecast.channels_left,
        stock=forecast.precreated,
        per_day=format_decimal(forecast.per_day, "0.0", locale=t.locale),
        days=forecast.days,
    )
    retry = t("watch.accounts.retry", at=brief(t, forecast.next_try)) if forecast.next_try is not None else ""
    text = "\n\n".join(part for part in [t("watch.accounts.title"), card(*lines), rest, retry] if part)
    return screen(t, text, button(t.plain("buttons.refresh"), data("accounts")), back_to=up("accounts"))
