"""Rendering of the Mini App's page and of the content for a verified visitor."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment

from features.miniapp.domain import OF_FEATURES, OPENINGS, PLAN, AppPress, only_reads, start_payload
from features.miniapp.use_cases.show_member import MemberView
from features.miniapp.web.telegram_html import split_heading
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.catalog.site import Identity, SiteView
from subscriptions.application.dto.languages import locale_of
from subscriptions.application.people.support_contact import contact_url
from subscriptions.application.views.amounts import format_amount
from subscriptions.application.views.cities import city_of
from subscriptions.application.views.show_status import OpenOrderView, PaymentView, StatusView, SubscriptionView
from subscriptions.application.vip.vip_view import VipView
from subscriptions.domain.entities.service_plan import FOR_LIFE_YEAR
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.services.withdrawal_policy import Scope
from subscriptions.domain.services.zones import Zones
from web.pages import PAGES
from web.paths import asset
from web.prices import offer_line, trial_line
from web.texts import raw_texts, texts_for

BUTTON_ROWS: Final = 3
"""Maximum number of button rows that the page shows as buttons. Further rows are shown as a list."""
Rows = Sequence[Sequence[Mapping[str, str]]]
_BOX: Final = {"☐": "false", "☑": "true"}
"""Checkbox characters at the beginning of a button's text, and their `aria-checked` values for screen readers."""


@dataclass(frozen=True)
class _Writer:
    """Formatter of timestamps and other values for the reader's language and time zone."""

    language: str
    zone: ZoneInfo

    def moment(self, at: datetime) -> Mapping[str, str]:
        """Return a timestamp in ISO format and as text. The text omits the time zone, which the page states once."""
        text = format_datetime(at, "d MMM y, HH:mm", tzinfo=self.zone, locale=locale_of(self.language))
        return {"iso": at.isoformat(), "text": text}


class MiniAppScreens:
    """Renderer of the Mini App with the shop's brand.

    zones: default time zones. features: names of the features that answer buttons of the page.
    """

    def __init__(
        self, identity: Identity, zones: Zones, environment: Environment, features: Collection[str] = ()
    ) -> None:
        self._identity, self._zones, self._environment = identity, zones, environment
        # The page itself shows the status.
        hidden_names = {"status", *(name for name, feature in OF_FEATURES.items() if feature not in features)}
        if identity.withdrawal is Scope.OFF:
            hidden_names.add("withdraw")
        self._menu = [(name, data) for name, data in OPENINGS.items() if name not in hidden_names]

    def page(self, language: str, bot_username: str | None) -> str:
        """Return the page as sent before the visitor is verified, without private content."""
        return self._render("app/page.html", language, bot_username, {})

    def screen(self, language: str, site: SiteView, member: MemberView | None, *, reads_only: bool = False) -> str:
        """Return the visitor's subscriptions and the plans on sale as an HTML fragment.

        reads_only: True to replace the buttons that buy, change or cancel by a link to the bot.
        """
        status = member.status if member is not None else StatusView(subscriptions=(), open_orders=(), payments=())
        zone = self._zones.zone_of(language, member.zone if member is not None else None)
        write = _Writer(language, zone)
        live = [_subscription(item, write, status.find_link(item)) for item in status.live]
        known_plans = {item.soft_id for item in status.subscriptions}
        owned_plans = {item.soft_id for item in status.live}
        context = {
            "subscriptions": live,
            "orders": [_order(item, write) for item in status.open_orders if item.is_asked],
            "reviewed": bool(status.reviews),
            "payments": [_payment(item, write) for item in status.payments],
            "plans": [
                self._plan(
                    (plan.without_trial() if plan.soft_id in known_plans else plan).spoken_in(language), site, language
                )
                for plan in site.plans
                if plan.soft_id not in owned_plans
            ],
            "city": city_of(zone, language),
            "menu": self._menu,
            "reads_only": reads_only,
            "only_reads": only_reads,
            "start_payload": start_payload,
        }
        return self._render("app/screen.html", language, site.bot_username, context)

    def answer(self, language: str, press: AppPress, bot_username: str | None, *, reads_only: bool = False) -> str:
        """Return the chat's answer to a press as an HTML fragment. reads_only: as in `screen`."""
        messages = [self._message(view, reads_only) for view in press.messages or ()]
        return self._render("app/answer.html", language, bot_username, {"messages": messages, "press": press.id})

    def _message(self, view: Mapping[str, Any], reads_only: bool) -> Mapping[str, Any]:
        heading, text = split_heading(str(view["text"]), presses=not reads_only)
        rows = [[_button(each) for each in row] for row in view["rows"]]
        if not reads_only:
            listed, buttons = _split_list(rows)
            return {"heading": heading, "text": text, "listed": listed, "rows": buttons, "chat": None}
        shown = [[each for each in row if _is_shown(each)] for row in rows]
        hidden = [each["data"] for row in rows for each in row if not _is_shown(each)]
        payloads = {start_payload(data) for data in hidden}
        # If the hidden buttons concern a single plan, link to that plan in the chat, else to the customer's status.
        payload = payloads.pop() if len(payloads) == 1 else "status"
        return {
            "heading": heading,
            "text": text,
            "listed": [],
            "rows": [row for row in shown if row],
            "chat": payload if hidden else None,
        }

    def _render(self, template: str, language: str, bot_username: str | None, context: Mapping[str, Any]) -> str:
        bot = f"@{bot_username}" if bot_username else self._identity.brand
        return self._environment.get_template(template).render(
            t=texts_for(language, self._identity, bot),
            language=language,
            identity=self._identity,
            bot=bot,
            bot_url=f"https://t.me/{bot_username}" if bot_username else None,
            support_url=contact_url(self._identity.support_contact),
            links={page.name: page.paths[language] for page in PAGES},
            asset=asset,
            **context,
        )

    def _plan(self, plan: PlanView, site: SiteView, language: str) -> Mapping[str, Any]:
        return {
            "name": plan.label,
            "price": offer_line(plan, raw_texts(language)["price"], language),
            "trial": trial_line(plan, raw_texts(language)["price"], language),
            "opens": [site.chats[soft_id] for soft_id in plan.opens if soft_id in site.chats],
            "data": f"{PLAN}{plan.soft_id}",
        }


def _subscription(item: SubscriptionView, write: _Writer, link: SubscriptionView | VipView) -> Mapping[str, Any]:
    """Return the subscription's data for the template. `link`: view with the invite link."""
    end = item.charging_until or item.grace_until or item.access_until
    is_charged = item.renews and item.status is not SubscriptionStatus.PAST_DUE and item.pause_until is None
    return {
        "name": text_for(item.plan, write.language),
        "state": item.status.value,
        "rests": item.is_paused,
        "access": item.access.value if item.access else "none",
        "left": write.moment(item.left_at) if item.left_at else None,
        "until": write.moment(end) if end is not None and end.year < FOR_LIFE_YEAR and not item.is_paused else None,
        "for_life": item.for_life,
        "next_charge": write.moment(item.next_charge) if is_charged and item.next_charge else None,
        "next_amount": format_amount(item.next_amount or item.price, write.language),
        "renews_until": write.moment(item.renews_until) if item.renews_until else None,
        "price": format_amount(item.price, write.language),
        "pay_otherwise": f"{PLAN}{item.soft_id}" if item.is_owed and item.renewable else None,
        "join_url": link.invite_url,
        "join_until": write.moment(link.invite_until) if link.invite_until else None,
        "open_url": item.channel_url,
        "waiting": [
            {
                "days": each.days,
                "plan": text_for(each.plan, write.language),
                "begins": write.moment(each.begins) if each.begins else None,
            }
            for each in item.waiting
        ],
        "chats": [
            {
                "title": each.title,
                "join": each.invite_url,
                "join_until": write.moment(each.invite_until) if each.invite_until else None,
                "open": each.url,
                "access": each.access.value if each.access else "none",
                "left": write.moment(each.left_at) if each.left_at else None,
            }
            for each in item.chats
        ],
    }


def _payment(item: PaymentView, write: _Writer) -> Mapping[str, Any]:
    amount = format_amount(item.amount, write.language)
    return {"at": write.moment(item.at), "amount": amount, "number": item.reference}


def _order(item: OpenOrderView, write: _Writer) -> Mapping[str, Any]:
    return {
        "name": text_for(item.plan, write.language),
        "price": format_amount(item.price, write.language),
        "until": write.moment(item.expires_at),
        "url": item.url,
        "number": item.reference,
    }


def _split_list(rows: Rows) -> tuple[Sequence[Mapping[str, str]], Rows]:
    """Return the buttons that the page shows as a list, and the rows that stay buttons. A message with up to three
    rows, or with a checkbox, has no list.
    """
    if len(rows) <= BUTTON_ROWS or any(each["checked"] for row in rows for each in row):
        return [], rows
    is_listed = [all(each["data"] for each in row) for row in rows]
    listed = [each for row, moves in zip(rows, is_listed, strict=True) if moves for each in row]
    return listed, [row for row, moves in zip(rows, is_listed, strict=True) if not moves]


def _is_shown(button: Mapping[str, str]) -> bool:
    """Return True if a button remains on a read-only page: the button displays data, copies text, or opens Telegram."""
    if button["url"]:
        return urlsplit(button["url"]).hostname == "t.me"
    return bool(button["copy"]) or only_reads(button["data"])


def _button(view: Mapping[str, str]) -> Mapping[str, str]:
    """Return a button's data for the template, with the state of a checkbox separated from its text."""
    is_checked = _BOX.get(view["text"][:1], "")
    return {
        "data": "",
        "url": "",
        "copy": "",
        **view,
        "checked": is_checked,
        "text": view["text"][1:].strip() if is_checked else view["text"],
    }
