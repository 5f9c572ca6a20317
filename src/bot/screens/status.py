"""Screens of the status card and of its second page, which «Gestionar» opens and which contains most of the buttons."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.accepted import LONGEST, length_of
from bot.formats import day, long_day, moment, quote
from bot.keyboards import button, keyboard, link, other_methods, pays, plans_button
from bot.screens import Screen, mending, pause
from bot.screens import entry as entry_screens
from bot.status_section import StatusSection, in_order
from bot.texts import Texts
from subscriptions.application.access.waiting_days import WaitingDays
from subscriptions.application.views.plan_texts import recurring_price
from subscriptions.application.views.show_status import (
    OpenedChat,
    OpenOrderView,
    ReviewView,
    StatusView,
    SubscriptionView,
)
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.access import MAY_ENTER, AccessStatus
from subscriptions.domain.entities.subscription import LIVE, SubscriptionStatus
from subscriptions.domain.services.time_origin import TimeOrigin

Buttons = list[InlineKeyboardButton]
_RUNNING: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


def status(
    t: Texts,
    view: StatusView,
    *,
    renewals: Sequence[str] = (),
    lead: str | None = None,
    support: str = "",
    changeable: Container[str] = (),
    pages: Container[str] = (),
    pauses: Container[str] = (),
    sections: Sequence[StatusSection] = (),
) -> Screen:
    """Return the status card.

    renewals: plans whose invite link is being recreated. lead: line above the card. support: contact address for
    customers with a payment under review. changeable: plans whose subscription can be changed to another plan. pages:
    providers with a billing page for a failed charge. pauses: providers that support pauses. sections: sections of
    features, added below the core's texts and buttons in their order; a section's text is omitted if the message would
    become too long.

    The card's buttons are the invite link or the most urgent action, «Gestionar», and help. The undo of a cancellation
    and the withdrawal are added while available.
    """
    sections = in_order(sections)
    shown_subscription_views = view.live or view.subscriptions
    parts = [lead] if lead else []
    parts += (
        [t("status.title_several" if len(shown_subscription_views) > 1 else "status.title")]
        if shown_subscription_views
        else []
    )
    parts += [subscription(t, item, view.vip) for item in shown_subscription_views]
    parts += [t("status.renewing")] if renewals else []
    open_order_views = [order for order in view.open_orders if order.is_asked]
    parts += [_order(t, order) for order in open_order_views]
    parts += [review(t, item) for item in view.reviews]
    parts += [t("chat.support", contact=support)] if support and view.reviews else []
    if not shown_subscription_views and not open_order_views and not view.reviews:
        parts.append(t("status.nothing"))
    subscription_views = [item for item in view.live if _is_owed(item)]
    if any(item.provider not in pages for item in subscription_views):
        parts.append(t("mending.elsewhere"))
    if view.payments:
        parts.append(_payments(t, view))
    for text in (section.text for section in sections if section.text):
        if length_of("\n\n".join([*parts, text])) <= LONGEST:
            parts.append(text)
    return Screen("\n\n".join(parts), keyboard(*_levels(t, view, changeable, pages, pauses, sections).card))


def manage(
    t: Texts,
    view: StatusView,
    *,
    changeable: Container[str] = (),
    pages: Container[str] = (),
    pauses: Container[str] = (),
    sections: Sequence[StatusSection] = (),
) -> Screen:
    """Return the second page of the card, with every available button that is not on the card itself. For the
    arguments, see `status`.
    """
    lines = [t("status.managed", plan=item.plan, state=_state(t, item)) for item in view.live or view.subscriptions]
    text = "\n\n".join([t("status.manage"), *([quote(*lines)] if lines else [])])
    rows = _levels(t, view, changeable, pages, pauses, in_order(sections)).below
    return Screen(text, keyboard(*rows, button(t.plain("buttons.back"), callbacks.STATUS)))


def invite_links(t: Texts, view: StatusView) -> Screen:
    """Return the invite links to all chats that the customer has access to."""
    rows = [[each] for each in _invite_buttons(t, view)]
    return Screen(t("status.ways_in"), keyboard(*rows, button(t.plain("buttons.back"), callbacks.STATUS)))


def new_terms(t: Texts) -> StatusSection:
    """Return the section that asks a customer who accepted an older version of the terms to read the current one."""
    return StatusSection(
        order=50, text=t("status.new_terms"), buttons=[[button(t.plain("buttons.terms"), callbacks.TERMS)]]
    )


def terms(t: Texts, version: str) -> Screen:
    """Ask the customer to accept the current terms. version: statement of the terms being accepted, with links."""
    accept = button(t.plain("buttons.accept_terms"), callbacks.ACCEPT_TERMS)
    return Screen(version, keyboard(accept, button(t.plain("buttons.status"), callbacks.STATUS)))


def subscription(t: Texts, item: SubscriptionView, vip: VipView | None) -> str:
    """Return the text about one subscription as a quotation. vip: the customer's state in the VIP channel; None if the
    customer has no access to it.
    """
    lines = [t("status.plan", plan=item.plan)]
    lines += _terms(t, item)
    is_given = item.origin not in {None, TimeOrigin.PAID} and item.status in _RUNNING
    if not is_given:
        lines.append(t("status.state", state=_state(t, item)))
    is_charging = item.charging_until is not None
    if item.access_until is not None and item.status in _RUNNING and not is_given and not is_charging:
        lines.append(t("status.access_until", until=moment(t, item.access_until)))
    rest = pause.line(t, item)
    lines += [rest] if rest is not None else []
    is_charged = item.renews and item.status is not SubscriptionStatus.PAST_DUE
    if is_charged and rest is None:
        lines.append(_next_charge(t, item))
    if item.renews_until is not None:
        lines.append(t("status.renews_until", until=moment(t, item.renews_until)))
    if item.next_plan is not None and item.next_at is not None:
        lines.append(t("status.next_plan", plan=item.next_plan, price=item.next_price, at=moment(t, item.next_at)))
    lines += [_waiting(t, item, each) for each in item.waiting]
    if item.status not in {SubscriptionStatus.EXPIRED, SubscriptionStatus.INCOMPLETE}:
        lines += [_channel(t, item, vip)] if not item.chats else _chats(t, item.chats)
    return quote(*lines)


def _waiting(t: Texts, item: SubscriptionView, waiting: WaitingDays) -> str:
    """Return the line about days of another plan that wait until this plan's days are over."""
    left = t.unit("day", waiting.days)
    if waiting.begins is None:
        return t("status.waiting_after", left=left, plan=waiting.plan, current=item.plan_name)
    return t("status.waiting", left=left, plan=waiting.plan, at=moment(t, waiting.begins))


def _terms(t: Texts, item: SubscriptionView) -> list[str]:
    """Return the line about the price or, for access that no charge renews, the line about its origin and end."""
    if item.origin is None or item.status is SubscriptionStatus.CANCELED:
        # The state of a canceled subscription already says that no further charge is due, and when access ends.
        return [t("status.price", price=_price(t, item))] if item.renews or item.status not in LIVE else []
    origin = t.plain(f"status.origin.{item.origin}")
    if item.for_life:
        return [t("status.given_for_life", origin=origin)]
    if item.access_until is None or item.origin is TimeOrigin.PAID or item.status not in _RUNNING:
        return [t("status.not_renewed", origin=origin)]
    return [t("status.given", origin=origin, until=long_day(t, item.access_until, with_year=item.is_far))]


def _price(t: Texts, item: SubscriptionView) -> str:
    if item.interval is None:
        return t.money(item.price)
    return recurring_price(t, item.price, item.interval, item.interval_count)


def _next_charge(t: Texts, item: SubscriptionView) -> str:
    if item.next_charge is None or item.next_amount is None:
        return t("status.no_charge")
    key = "status.next_charge" if item.next_amount.minor else "status.next_free"
    return t(key, amount=item.next_amount, until=moment(t, item.next_charge))


def _channel(t: Texts, item: SubscriptionView, vip: VipView | None) -> str:
    if item.vip and vip is not None and vip.stage is not None and vip.access is not AccessStatus.BANNED:
        return t("vip.status.stage", stage=vip.stage)
    access = _shown_access(item.access, lacks_link=vip.lacks_link if item.vip and vip is not None else item.lacks_link)
    text_key = f"vip.status.access.{access}"
    text_key = text_key if item.vip and t.has(text_key) else f"status.access.{access or 'none'}"
    word = t.plain(text_key, at=day(t, item.left_at) if item.left_at is not None else "–")
    until = vip.invite_until if item.vip and vip is not None else item.invite_until
    word += _link_until(t, until)
    return t("vip.status.channel" if item.vip else "status.channel", channel=word)


def _chats(t: Texts, chats: Sequence[OpenedChat]) -> list[str]:
    states = [_chat_state(t, each) for each in chats]
    return [t("status.chat", title=each.title, state=state) for each, state in zip(chats, states, strict=True)]


def _chat_state(t: Texts, chat: OpenedChat) -> str:
    if chat.stage in {1, 2} and chat.access in MAY_ENTER:
        return t.plain("vip.chat.step", stage=chat.stage)
    if chat.handed_over:
        return t.plain("status.handed_over")
    at = day(t, chat.left_at) if chat.left_at is not None else "–"
    access = _shown_access(chat.access, lacks_link=chat.lacks_link)
    return t.plain(f"status.access.{access or 'none'}", at=at) + _link_until(t, chat.invite_until)


def _shown_access(access: AccessStatus | None, *, lacks_link: bool) -> AccessStatus | None:
    """Return the status to show. A customer whose link Telegram has refused waits for the link."""
    return AccessStatus.PENDING if access is AccessStatus.ACTION_REQUIRED and lacks_link else access


def _link_until(t: Texts, until: datetime | None) -> str:
    """Return the end of a state that has a valid invite link: until when the link works. `until`: None without link."""
    return t.plain("status.link_until", until=moment(t, until)) if until is not None else ""


def _state(t: Texts, item: SubscriptionView) -> str:
    end = item.grace_until or item.access_until or item.period_end
    is_resting = item.is_paused and item.status is SubscriptionStatus.CANCELED
    word = "canceled_paused" if is_resting else item.status
    return t.plain(f"status.word.{word}", until=moment(t, end) if end else "–")


def _order(t: Texts, order: OpenOrderView) -> str:
    text = t(
        "status.order" if order.url else "status.order_preparing",
        plan=order.plan,
        price=order.price,
        until=moment(t, order.expires_at),
        reference=order.reference,
    )
    return text if order.received_amount is None else f"{text}\n{t('parts.received', received=order.received_amount)}"


def review(t: Texts, item: ReviewView) -> str:
    """Return the line about a payment under review."""
    text_key = f"status.review.{item.reason}"
    return t(
        text_key if t.has(text_key) else "status.review.other",
        plan=item.plan_name,
        received=item.received_amount,
        asked=item.asked_amount,
        reference=item.reference,
    )


def _payments(t: Texts, view: StatusView) -> str:
    lines = [
        t("status.payment", at=day(t, payment.at), amount=payment.amount, reference=payment.reference)
        for payment in view.payments
    ]
    return "\n".join([t("status.payments"), *lines])


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """Rows of buttons on the status card, and on its second page, which «Gestionar» opens."""

    card: list[Buttons]
    below: list[Buttons]


MOST_BUTTONS: Final = 5
"""Maximum number of buttons on the status card."""


def _levels(
    t: Texts,
    view: StatusView,
    changeable: Container[str],
    pages: Container[str],
    pauses: Container[str],
    sections: Sequence[StatusSection],
) -> _Levels:
    several = len(view.live) > 1
    each_repairs = [_repairs(t, item, pages, named=several) for item in view.live if _is_owed(item)]
    repairs = [each for each in each_repairs if each]
    buttons, undos = _invite_buttons(t, view), _undos(t, view)
    orders, returns = _orders(t, view), _returns(t, view)
    # The first button keeps access from ending, or else opens a chat. For a customer without a plan, it opens the list
    # of plans.
    candidates = [[repair[0] for repair in repairs], buttons, orders, returns, [plans_button(t)]]
    first = _one(t, next(each for each in candidates if each), buttons)
    prominent = [row[0] for section in sections if section.is_prominent for row in section.buttons]
    undo = undos if len(undos) <= 1 else [button(t.plain("buttons.undo_one"), callbacks.MANAGE)]
    second: Buttons = []
    if not view.live and first.callback_data != callbacks.PLAN_LIST:
        second = [plans_button(t)]
    elif repairs:
        room = MOST_BUTTONS - len([first, *undo, *prominent, callbacks.MANAGE, callbacks.HELP])
        second = [*([_one(t, buttons, buttons)] if buttons else []), *repairs[0][1:]][: max(room, 0)]
    shown = [first, *second, *undo]
    below = [[each] for repair in repairs for each in repair]
    below += [[each] for each in (buttons if len(buttons) == 1 or callbacks.INVITE_LINKS not in _data(shown) else [])]
    below += [[each] for each in (*undos, *orders, *returns)]
    for item in view.live:
        below += [[each] for each in change_buttons(t, item, changeable, several=several)]
    below += [[renew_button(t, item)] for item in view.live if item.renewable and not item.is_owed]
    below += _subscription_buttons(t, view, pages, pauses)
    below.append([plans_button(t)])
    below[-1] += [button(t.plain("buttons.why"), callbacks.EXPLANATION)] if view.live or view.subscriptions else []
    below += [list(row) for section in sections if not section.is_prominent for row in section.buttons]
    below = [left for row in below if (left := [each for each in row if each not in shown])]
    last = [button(t.plain("buttons.help"), callbacks.HELP)]
    if below:
        last.insert(0, button(t.plain("buttons.manage"), callbacks.MANAGE))
    return _Levels(card=[[each] for each in shown] + [last] + [[each] for each in prominent], below=below)


def _one(t: Texts, buttons: Buttons, ways: Buttons) -> InlineKeyboardButton:
    """Return the first of the buttons. If the buttons are several invite links (`ways`), return the button that opens
    the list of invite links.
    """
    is_choice = buttons is ways and len(ways) > 1
    return button(t.plain("buttons.open_one"), callbacks.INVITE_LINKS) if is_choice else buttons[0]


def _data(buttons: Buttons) -> set[str | None]:
    return {each.callback_data for each in buttons}


def _is_owed(item: SubscriptionView) -> bool:
    return item.is_owed or (item.status is SubscriptionStatus.PAST_DUE and item.renews)


def _repairs(t: Texts, item: SubscriptionView, pages: Container[str], *, named: bool) -> Buttons:
    """Return the buttons with which the customer keeps the access after a failed charge: pay the charge, change the
    card, or pay by another method.
    """
    has_pages = item.provider in pages and item.renews
    return mending.buttons(
        t,
        item.soft_id,
        item.plan_name if named else "",
        pay_first=True,
        has_pages=has_pages,
        is_payable=item.is_owed and item.renewable,
    )


def _invite_buttons(t: Texts, view: StatusView) -> Buttons:
    """Return the buttons with which the customer joins or opens chats or gets their content, resumes an entry
    procedure, or fetches a missing invite link.
    """
    buttons: Buttons = []
    for item in view.live:
        for chat in item.chats:
            if chat.invite_url is not None:
                buttons.append(link(t.plain("buttons.join_chat", title=chat.title), chat.invite_url))
            elif chat.url is not None:
                buttons.append(link(t.plain("buttons.open_chat", title=chat.title), chat.url))
            elif chat.handed_over is not None:
                buttons.append(
                    button(t.plain("buttons.content", title=chat.title), callbacks.content(chat.handed_over))
                )
        if item.invite_url is not None:
            buttons.append(link(t.plain("buttons.join", plan=item.plan_name), item.invite_url))
        elif item.channel_url is not None:
            several = len(view.live) > 1
            text = t.plain("buttons.open_for", plan=item.plan_name) if several else t.plain("buttons.open")
            buttons.append(link(text, item.channel_url))
    vip_buttons = entry_screens.buttons(t, view.vip) if view.vip else []
    buttons += vip_buttons
    buttons += [entry_screens.resume(t, each) for each in view.rituals]
    if any(_lacks_link(item) for item in view.live if not (item.vip and vip_buttons)):
        # Pressing this button renews the link, and the refreshed card shows the new link.
        buttons.append(button(t.plain("buttons.come_in_again"), callbacks.STATUS))
    elif any(item.lacks_link for item in view.live if not item.vip):
        buttons.append(button(t.plain("buttons.refresh"), callbacks.STATUS))
    return buttons


def _undos(t: Texts, view: StatusView) -> Buttons:
    several = len(view.live) > 1
    return [
        button(
            t.plain("buttons.undo_for", plan=item.plan_name) if several else t.plain("buttons.undo"),
            callbacks.undo_cancel(item.soft_id if several else None),
        )
        for item in view.live
        if item.can_undo
    ]


def _orders(t: Texts, view: StatusView) -> Buttons:
    open_order_views = [order for order in view.open_orders if order.is_asked]
    return [_pay(t, order, several=len(open_order_views) > 1) for order in open_order_views]


def _returns(t: Texts, view: StatusView) -> Buttons:
    """Return the button that buys the last plan again, for a customer without a plan."""
    subscription_views = [item for item in view.subscriptions if item.status is SubscriptionStatus.EXPIRED]
    return [
        button(t.plain("buttons.return", plan=item.plan_name), callbacks.subscribe(item.soft_id))
        for item in (subscription_views[:1] if not view.live else [])
        if item.repeatable
    ]


def _lacks_link(item: SubscriptionView) -> bool:
    """Return True if the customer has left a chat of the subscription and has no invite link to rejoin the chat yet."""
    is_out = item.left_at is not None and item.invite_url is None
    return is_out or any(chat.left_at is not None and chat.invite_url is None for chat in item.chats)


def _subscription_buttons(t: Texts, view: StatusView, pages: Container[str], pauses: Container[str]) -> list[Buttons]:
    """Return the buttons of renewing subscriptions: pause, card change, and cancellation."""
    rows: list[Buttons] = []
    several = len(view.live) > 1
    for item in (each for each in view.live if each.renews):
        plan_suffix = f": {t.translate(item.plan_name)}" if several else ""
        rows += [[each] for each in pause.buttons(t, item, pauses=item.provider in pauses, several=several)]
        row = []
        if item.provider in pages and item.status is not SubscriptionStatus.PAST_DUE:
            row.append(button(f"{t.plain('buttons.change_card')}{plan_suffix}", callbacks.mend("card", item.soft_id)))
        row.append(button(f"{t.plain('buttons.cancel')}{plan_suffix}", callbacks.cancel(item.soft_id)))
        rows += [[each] for each in row] if several else [row]
    return rows


def change_buttons(
    t: Texts, item: SubscriptionView, changeable: Container[str], *, several: bool
) -> list[InlineKeyboardButton]:
    """Return the button that changes the plan, or the button that cancels a scheduled change."""
    buttons = []
    if item.next_at is not None:
        buttons.append(button(t.plain("buttons.keep_plan"), callbacks.keep_plan(item.soft_id)))
    elif item.soft_id in changeable:
        text = t.plain("buttons.change_for", plan=item.plan_name) if several else t.plain("buttons.change")
        buttons.append(button(text, callbacks.change(item.soft_id)))
    return buttons


def renew_button(t: Texts, item: SubscriptionView) -> InlineKeyboardButton:
    """Return the button that extends a plan paid once, or that pays a plan whose charge failed by another method."""
    if item.is_owed:
        return other_methods(t, item.soft_id)
    return button(t.plain("buttons.renew", plan=item.plan_name), callbacks.subscribe(item.soft_id))


def _pay(t: Texts, order: OpenOrderView, *, several: bool) -> InlineKeyboardButton:
    if order.url is None:
        return button(t.plain("buttons.subscribe"), callbacks.subscribe(order.soft_id))
    return pays(t.plain("buttons.pay_for", plan=order.plan) if several else t.plain("buttons.pay"), order.url)
