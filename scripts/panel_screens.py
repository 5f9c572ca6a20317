"""All screens of the admin panel, rendered from sample facts by the bot's own renderers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

from bot.feature import chat_parts, menu_entries
from bot.formats import format_fact, moment
from bot.panel import dialogues
from bot.panel.data import data
from bot.panel.forms import Form
from bot.panel.index import FORMS
from bot.panel.lists import PAGE_SIZE
from bot.panel.pages.staff.commands import confirmation, forms_by_name
from bot.screens import Screen
from bot.screens.panel import asking, home
from bot.screens.panel.catalog import offer
from bot.screens.panel.expiry import bulk_expiry
from bot.screens.panel.payments import taxes
from bot.screens.panel.people import people, watch
from bot.screens.panel.staff import features, settings
from bot.screens.panel.texts import texts
from bot.screens.panel.vip import channel
from bot.texts import Texts, texts_for
from scripts import (
    panel_arrivals,
    panel_lists,
    panel_methods,
    panel_plans,
)
from scripts import panel_samples as samples
from scripts.contact_screens import Section, Shot
from subscriptions.application.catalog.plan_fields import FIELD_QUESTIONS
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.features import FeatureState
from subscriptions.application.menu import MenuSection
from subscriptions.application.payments.tax_report import Quarter
from subscriptions.application.staff.inputs import Input, InputKind, choice_keys
from subscriptions.application.team.ready_roles import ready_roles
from subscriptions.application.texts.list_texts import TextLayer, TextView
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.settings_in_force import EDITABLE, meaning
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.custom_text import TextId
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.views import Row
from tests.support.of_features import of_features

OWNER: Final = StaffRole.OWNER
SUPPORT: Final = StaffRole.SUPPORT
_ROOM: Final = 3500
"""Maximum number of characters of a section's screen, so that the screen fits into one message (4096)."""
_VISITS: Final = [
    replace(ConsoleVisit(link=letter * 64, person=TelegramId(9), offered_at=at), entered_at=at, seen_at=samples.NOW)
    for letter, at in (("a", samples.NOW - samples.DAY / 12), ("b", samples.NOW))
]
"""Sample console sessions: one that began two hours ago, and a current one."""


def sections(language: str) -> Sequence[Section]:
    """Return all sections of the panel in one language."""
    t = texts_for(language)
    return [Section(title, make(t)) for title, make in _SECTIONS.items()]


def _text_groups() -> list[str]:
    return list(dict.fromkeys(map(texts.part_of, TEXTS.text_keys())))


def _text_pages(t: Texts) -> list[Shot]:
    groups, size = list(enumerate(_text_groups())), 2 * PAGE_SIZE
    starts = range(0, len(groups), size)
    pages = [dict(groups[start : start + size]) for start in starts]
    return [
        Shot("the texts", texts.groups(t, page, number, more=number + 1 < len(pages)))
        for number, page in enumerate(pages)
    ]


def _beginning(t: Texts) -> Sequence[Shot]:
    entries = menu_entries(t, chat_parts().items())
    return [
        Shot("an owner", home.home(t, "Retador", OWNER, 2, of_features=entries), "/admin"),
        Shot("a manager", home.home(t, "Retador", StaffRole.MANAGER, 1, by_hand=True)),
        Shot("support", home.home(t, "Retador", SUPPORT, 0)),
        *(
            Shot(f"a section: {section}", menu)
            for section in MenuSection
            if (menu := home.menu(t, OWNER, section, by_hand=True, of_features=entries)) is not None
        ),
        Shot("a role that does not reach", home.refusal(t, SUPPORT, StaffRole.MANAGER)),
        Shot("a role that was lost", home.refusal(t, None, SUPPORT)),
        Shot("something changed meanwhile", home.stale(t)),
        Shot("the way into the console", home.console(t, "https://retador.example/admin/enter/…", []), "/panel"),
        Shot("while visits go on", home.console(t, "https://retador.example/admin/enter/…", _VISITS), "/panel"),
        Shot("«🚪 …» one of them", home.visits(t, _VISITS[:1])),
        Shot("«🚪 …» all", home.visits(t, [])),
        Shot("where there is none", home.no_console(t)),
        *_wrongs(t),
    ]


def _wrongs(t: Texts) -> list[Shot]:
    """Return the error messages for refused answers, each shown below the same question."""
    names = (
        "given held n limit least most currency left missing methods thousands decimals days until at names tag"
        " plan chat title name soft_id version field problem types type"
    )
    facts = dict.fromkeys(names.split(), "30")
    facts |= {"sign": "U+202E", "before": "VIP"}
    facts |= {"by": "@marta_r", "what": t.plain("forms.plan_new.field.price"), "offered": "retabet, sportium"}
    facts = {**facts, "known": "Goles, Ganador", "line": "3", "lines": "3 (odds)", "field": "price"}
    facts |= {
        "product": Decimal("2.25"),
        "odds": Decimal(185),
        "bound": Decimal(50),
        "left": Money(1999, "EUR"),
        "amount": Money(300, "XTR"),
        "held": Money(500, "EUR"),
        "unit": Money(100, "HUF"),
    }
    keys = [key.removeprefix("forms.wrong.") for key in t.entries if key.startswith("forms.wrong.")]
    facts |= dict.fromkeys(("doors", "people"), "30")
    shown = {name: format_fact(t, fact) for name, fact in facts.items()}
    sheets = [""]
    for key in keys:
        line = f"⚠️ {t(f'forms.wrong.{key}', **shown)}"
        if len(sheets[-1]) + len(line) > _ROOM:
            sheets.append("")
        sheets[-1] += f"{line}\n\n"
    return [
        Shot(f"answers that cannot be taken, {number}", Screen(text)) for number, text in enumerate(sheets, start=1)
    ]


def _plans(t: Texts) -> Sequence[Shot]:
    withdrawn = t("commands.withdraw_plan.done.withdrawn", plan=samples.OFF.label)
    deleted = t("commands.delete_plan.done.deleted", plan=samples.VIP.label)
    plan = partial(offer.plan, t, bot=samples.BOT, titles=panel_plans.titles(t), names=samples.NAMES)
    return [
        Shot("the plans", offer.plans(t, [samples.VIP, samples.RETABET, samples.OFF], OWNER)),
        Shot("one is not sold", offer.plans(t, [samples.VIP, samples.RETABET], OWNER, unsold={samples.VIP.id})),
        Shot("none yet", offer.plans(t, [], OWNER)),
        *_form(t, "import_plans", _listed(t, "import_plans")),
        Shot("a plan", plan(samples.VIP, OWNER, t("offer.created"))),
        Shot("a plan that is not sold", plan(samples.VIP, OWNER, t("offer.created_unsold"), missing=("vip",))),
        Shot("one with all there is", plan(panel_plans.RICH, OWNER)),
        Shot("switched off", plan(samples.OFF, OWNER, withdrawn)),
        Shot("its codes still count", plan(_honouring(), OWNER)),
        Shot("a personal one", plan(samples.RETABET, SUPPORT)),
        Shot(
            "one that may have tips",
            plan(samples.VIP, OWNER, of_features=(*of_features("samples", "PLAN_COMMANDS"),)),
        ),
        Shot("somebody else was first", plan(samples.VIP, OWNER, t("people.over"))),
        Shot("deleted", offer.plans(t, [samples.RETABET], OWNER, deleted)),
        Shot("deleted twice", offer.plans(t, [samples.RETABET], OWNER, t("people.over"))),
        *_form(t, "plan_new", panel_plans.draft(t, new=True)),
        Shot("no method takes it", Screen(panel_plans.draft(t, new=True, payable=False))),
        Shot("it promises certainty", Screen(panel_plans.draft(t, new=True, promises=["sin riesgo"]))),
        *_form(t, "plan_edit", panel_plans.draft(t, new=False)),
    ]


def _honouring() -> samples.ServicePlan:
    return samples.replace(samples.OFF, honours_tokens=True)


def _texts(t: Texts) -> Sequence[Shot]:
    welcome = TextId(t.language, "plans.welcome")
    view = TextView(
        id=welcome,
        layer=TextLayer.OPERATOR,
        text="Hola, <b>{brand}</b>",
        default=t.entries["plans.welcome"],
        sample="",
        facts=["brand"],
    )
    ours = replace(view, layer=TextLayer.VERTICAL, text=view.default)
    missing = replace(view, layer=TextLayer.MISSING, id=TextId("pt", "plans.none"), text=t.entries["plans.none"])
    others = [TextId("pt", "plans.welcome")]
    return [
        *_text_pages(t),
        Shot("those of a part", texts.text_list(t, "plans", 0, [view, missing], 0, more=True)),
        Shot("and the others", texts.text_list(t, "plans", 0, [ours], 1, more=False)),
        Shot("one by default", texts.card(t, ours, others)),
        Shot("one that is missing", texts.card(t, missing, others)),
        Shot("one of your own", texts.card(t, view, others, t("commands.edit_text.done.edited"))),
    ]


def _commands(t: Texts) -> Sequence[Shot]:
    """Return the questions, the confirmation and all results of each staff command."""
    facts = {
        "name": "@ana_lopez",
        "plan": samples.RETABET.label,
        "tag": "vip",
        "tags": "moroso, vip",
        "role": "Contabilidad",
        "until": samples.NOW + 18 * samples.DAY,
        "at": samples.NOW - 12 * samples.DAY,
        "publish_at": samples.NOW - 13 * samples.DAY,
        "of": Money(2999, "EUR"),
        "left": Money(1999, "EUR"),
        "amount": Money(1000, "EUR"),
        "price": Money(2999, "EUR"),
        "starts": samples.NOW - 12 * samples.DAY,
        "count": 5,
        "channel": "@mispronosticos",
        "code": "ABCD…",
        "text": "Hola, Retador",
        "default": "Hola",
        "method": "Stripe",
        "selection": "Más de 2,5",
        "costs": Money(2999, "EUR"),
        "people": "42",
        "checking": 12,
        "leaving": 3,
        "tip": "Betis – Sevilla",
        "profit": Decimal("2.55"),
        "minutes": 15,
        "title": "Tertulia",
        "resource": "tertulia",
        "chat": "-1001234567890",
        "day": samples.NOW,
        "plans": "⭐ Plan Mensual Premium",
        "all": 12,
        "kept": 2,
        "link": "t.me/retador_bot?start=p_SOCIA",
        "commission": "20 %",
        "account": "5550199",
        "by": "@marta_r",
        "payable": (Money(2500, "EUR"), Money(600, "USD")),
        "invoice": "F2026-00042",
        "receipt": "R2026-00042",
        "days": 40,
        "difference": "10.00 EUR",
        "known": 1,
        "order": "A1B2C3D4",
        "provider": "Stripe",
        "key": "contabilidad",
        "endpoint": "n8n",
        "setting": "GRACE_DAYS",
        "value": "7",
        **of_features("samples", "SAID"),
        "n": "3",
        "given": "5",
        "before": "5",
        "restarts": "worker",
        "new": 2,
        "changed": 1,
        "phrases": "fijas: 100%",
        "missing": "VIP",
        "methods": "Stripe",
    }
    shown = {fact: format_fact(t, value) for fact, value in facts.items()}
    shots = [shot for name in forms_by_name() for shot in _form(t, name)]
    for name, command in COMMANDS.items():
        # The texts of commands with their own pages in the chat are used only in the console.
        own = ("label", *(f"ask.{each.name}" for each in command.inputs)) if name not in FORMS else ()
        keys = [
            *own,
            "about",
            "sure",
            *(("do",) if name not in FORMS and f"commands.{name}.do" in t.entries else ()),
            *(f"effect.{each}" for each in command.effects),
            *(f"done.{each}" for each in command.outcomes),
        ]
        said = {**shown, **_NAMED.get(command.subject, {})}
        lines = [t(f"commands.{name}.{key}", **said) for key in keys]
        shots.append(Shot(f"what is said of {name}", Screen("\n\n".join(lines))))
    lines = [
        *(t(key) for key in sorted(t.entries) if re.match(r"commands\.(choice_of|\w+\.choice)\.", key)),
        *(t(f"panel.role.{name}") for name in ready_roles()),
        *(t(f"commands.choice.{each}") for each in (*of_features("samples", "ANSWERS"), *LANGUAGES)),
        *(t(f"commands.field.{name}") for name in _FIELDS),
    ]
    return [*shots, Shot("names of answers", Screen("\n\n".join(lines)))]


_NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    **of_features("samples", "NAMED"),
}
"""Additional values for the texts of commands whose subject is not a customer, keyed by subject."""
_FIELDS: Final = sorted({asked.name for command in COMMANDS.values() for asked in command.inputs})


def _people(t: Texts) -> Sequence[Shot]:
    customer = partial(people.customer, t, names=samples.NAMES, plans=samples.PLANS)
    facts = {"days": "3", "plan": "retabet", "amount": "10.00€", "to": "manager", "from": "support", "code": "SOCIA"}
    facts |= {"receipt": "R2026-00042", "tags": "vip"}
    did = [samples.line(key.removeprefix("people.did.").replace("_", ".", 1), "–", **facts) for key in _did(t)]
    history = samples.replace(samples.CARD, notes=tuple(did))
    who = ((samples.ANA, (samples.RETABET.label, samples.VIP.label)), (samples.PEDRO, ()))
    shown = ("first_name", "last_name", "username", "telegram_id")

    def row(customer: Customer) -> Row:
        return {"id": str(customer.id), **{name: getattr(customer, name) for name in shown}}

    lines = [{**row(customer), "plans": plans} for customer, plans in who]
    team = [row(each) for each in samples.TEAM]
    return [
        *(Shot("who came last", people.newest(t, shot.screen, lines, 1, True)) for shot in _form(t, "search")),
        Shot("several are found", people.search_results(t, team, "a")),
        Shot("nobody is found", people.search_results(t, [], "zzz")),
        Shot("a customer", customer(samples.CARD, OWNER, t("commands.resend_invite.done.sent"))),
        Shot("for support", customer(samples.CARD, SUPPORT)),
        Shot("suspended, barred, of staff, gone silent", customer(samples.SUSPENDED, OWNER)),
        Shot("messages wait for them", customer(samples.UNHEARD, OWNER)),
        Shot("never opened the bot", customer(samples.UNOPENED, OWNER)),
        Shot("what it leads to", people.subscription(t, samples.ANA, samples.CARD.live[0], OWNER)),
        Shot("what else", people.more(t, samples.CARD, OWNER)),
        Shot("what else, for support", people.more(t, samples.CARD, SUPPORT)),
        Shot("what else, of one barred", people.more(t, samples.SUSPENDED, OWNER)),
        Shot("suspended", people.subscription(t, samples.ANA, samples.SUSPENDED.live[0], OWNER)),
        Shot("with two plans", customer(samples.SEVERAL, OWNER)),
        Shot("both of them", people.plans_held(t, samples.SEVERAL)),
        Shot("one of them", people.subscription(t, samples.ANA, samples.held(), OWNER)),
        Shot("by our records, to a later end", people.subscription(t, samples.ANA, samples.RECORDED, OWNER)),
        Shot("a month is left out", customer(samples.PAUSING, OWNER)),
        Shot("whose renewals are cancelled", people.subscription(t, samples.ANA, samples.CANCELED, OWNER)),
        Shot("whose charge failed", people.subscription(t, samples.ANA, samples.OWING, SUPPORT)),
        Shot("bought nothing", customer(samples.NOBODY, OWNER)),
        Shot("everything staff may have done", customer(history, SUPPORT)),
        Shot("what is said when it is done", Screen(t("people.over"))),
        *_commands(t),
        Shot("which payment", people.payments(t, samples.CARD)),
        Shot("disputed ones", people.payments(t, samples.DISPUTED)),
        Shot("one of them", people.payments(t, samples.DISPUTED, samples.DISPUTED.payments[0].id)),
        Shot("what is given back by other means", people.payments(t, samples.PAID_IN_COINS)),
        Shot("nothing to give back", people.payments(t, samples.NOBODY)),
        *(shot for kind in ("refund",) for shot in _form(t, kind)),
    ]


def _did(t: Texts) -> list[str]:
    return [key for key in t.entries if key.startswith("people.did.")]


def _features(t: Texts) -> Sequence[Shot]:
    declared, all_states = installed().features, list(FeatureState)
    states = {name: all_states[number % len(all_states)] for number, name in enumerate(sorted(declared))}
    if not declared:
        return []
    first = declared[min(declared)]
    kept = next((each for each in declared.values() if each.live_rows), first)
    left = {str(rows.name): 3 for rows in kept.live_rows}
    return (
        Shot("features", features.features(t, declared, states)),
        *(
            Shot(f"a feature that is {state}", features.feature(t, first, state, {}, note=t(f"features.done.{state}")))
            for state in FeatureState
        ),
        Shot("a feature that drains", features.feature(t, kept, FeatureState.DRAINING, left)),
        Shot(
            "its own setting is off", features.feature(t, first, FeatureState.OFF, {}, note=t("features.done.blocked"))
        ),
        Shot(
            "a feature that needs one that is off",
            features.feature(t, first, FeatureState.OFF, {}, needs=["API"], first={"api": "API"}),
        ),
        Shot(
            "a feature that another needs",
            features.feature(t, first, FeatureState.ON, {}, needs=["API"], needed_by=["Webhooks"]),
        ),
    )


def _settings(t: Texts) -> Sequence[Shot]:
    meanings = {name: meaning(name, t.language) for name in list(EDITABLE)[:8]}
    grace, brand = meaning("GRACE_DAYS", t.language), meaning("BRAND_ACCENT", t.language)
    done = t("commands.change_setting.done.changed_at_start", setting="GRACE_DAYS", restarts="worker")
    return [
        *_form(t, "change_setting"),
        Shot("settings", settings.settings(t, meanings, 0, more=True)),
        Shot("the next of them", settings.settings(t, meanings, 1, more=False)),
        Shot("one that was chosen", settings.setting(t, "GRACE_DAYS", grace, "7", ["worker"], done, is_own=True)),
        Shot("one that was not", settings.setting(t, "BRAND_ACCENT", brand, "#0b5f66", [], is_own=False)),
        *_features(t),
    ]


def _listed(t: Texts, command: str) -> str:
    """Return the preview that is shown before a file is imported."""
    facts = {"count": 2, "known": 1, "new": 2, "changed": 1, "text": "📌 Betis – Sevilla\n📌 Cádiz – Málaga"}
    seen = t(f"commands.{command}.effect.listed", **facts)
    return f"<b>{t(f'commands.{command}.label')}</b>\n\n{seen}"


def _watching(t: Texts) -> Sequence[Shot]:
    first = samples.ALARMS[0]
    closed = samples.replace(first, closed_at=samples.NOW)
    return [
        *(shot for part in chat_parts().values() for form in part.panel.forms for shot in _form(t, form.kind)),
        *panel_lists.shots(t),
        *(shot for shots in of_features("samples", "PANEL").values() for shot in shots(t)),
        *_settings(t),
        Shot("open alarms", watch.alarms(t, samples.ALARMS, role=StaffRole.MANAGER)),
        Shot(
            "all is being compared",
            watch.alarms(t, samples.ALARMS, t("commands.reconcile.done.started"), StaffRole.MANAGER),
        ),
        Shot("a job runs again", watch.alarms(t, samples.ALARMS, t("commands.repeat_job.done.queued"))),
        Shot("an event is applied again", watch.alarms(t, samples.ALARMS, t("commands.repeat_webhook.done.applying"))),
        Shot("one settled", watch.alarms(t, samples.ALARMS[1:], t("commands.settle_alarm.done.settled"))),
        Shot("settled by somebody else", watch.alarms(t, [], t("people.over"))),
        *(Shot(item.kind, watch.one(t, item, OWNER)) for item in samples.ALARMS),
        Shot("a settled one", watch.one(t, closed, OWNER)),
        Shot("accounts", watch.accounts(t, samples.ACCOUNTS, samples.FORECAST)),
        Shot("no account", watch.accounts(t, [], samples.FORECAST)),
        Shot("quarters for the tax adviser", taxes.choose(t, [Quarter(2026, 3), Quarter(2026, 2)])),
        Shot("below the tax adviser's file", Screen(taxes.caption(t, Quarter(2026, 3), 412))),
        Shot("the bulk expiry", bulk_expiry.bulk_expiry(t, samples.PREVIEW, [], OWNER)),
        Shot("a run waits for an owner", bulk_expiry.bulk_expiry(t, samples.CROWD, [samples.ASKING], OWNER)),
        Shot("nobody is to go", bulk_expiry.bulk_expiry(t, samples.CALM, [], StaffRole.MANAGER)),
    ]


def _setting_up(t: Texts) -> Sequence[Shot]:
    facts = {"title": "Retador VIP", "before": "Retador VIP viejo"}
    effect = t("commands.set_up_channel.effect.moves", **facts)
    sure = confirmation(t, SetUpChannel, {}, {"chat": "-1001234567890"}, effect)
    done = t("commands.set_up_channel.done.set_up", **facts)
    return [
        Shot("no VIP channel yet", channel.channel(t, None, None)),
        *_form(t, "set_up_channel", sure),
        Shot("set up", channel.channel(t, samples.CHANNEL, samples.look(), done)),
        Shot("rights are missing", channel.channel(t, samples.CHANNEL, samples.look("invite", "remove"))),
        Shot("no administrator", channel.channel(t, samples.CHANNEL, samples.look(is_admin=False))),
        Shot("unseen", channel.channel(t, samples.CHANNEL, None)),
        Shot("Telegram does not answer", channel.channel(t, samples.CHANNEL, None, is_known=False)),
        *panel_methods.shots(t),
        *panel_arrivals.shots(t),
    ]


_SAID: Final[Mapping[str, Fact]] = {
    "name": "Plan Mensual Premium",
    "text": "Hola, <b>{brand}</b>",
    "order": "A1B2C3D4",
    "before": Money(2999, "EUR"),
    "plan": "⭐ Plan Mensual Premium",
    "days": "7",
    "difference": "10.00 EUR",
    "duration_days": "30",
    "price": Money(999, "USD"),
    "until": samples.NOW + 18 * samples.DAY,
    "reason": "se cayó el servicio",
    "tax_id": "12345678Z",
    "buyer": "Ana García",
    "address": "Calle Mayor 1, Madrid",
    "invoice": "F2026-00042",
    "amount": Money(1000, "EUR"),
    "of": Money(2999, "EUR"),
    "at": samples.NOW - 12 * samples.DAY,
    "publish_at": samples.NOW - 13 * samples.DAY,
    "left": Money(2999, "EUR"),
    "currency": "EUR",
    "note": "Para Lucía",
    "tags": "vip",
    "event": "Betis – Sevilla",
    "market": "Goles",
    "stake": "3",
    "starts_at": "29/11 21:00",
    "result": "won",
    "rule": "lost",
    "odds": Decimal("1.40"),
    "legs": "won void",
    "evidence": "acta.example",
    "commission": "20 %",
    "when": "each",
    "months": "12",
    "hold": "30",
    "payout": "25 EUR",
    "account": "5550199",
    "by": "@marta_r",
    "payable": (Money(2500, "EUR"),),
    "reference": "TR-2026-03",
    "selection": "Más de 2,5",
    "campaign": "verano",
    "count": "50",
    "starts": samples.NOW - 12 * samples.DAY,
    "title": "Retador VIP",
    "confirmed_odds": "",
    "min_odds": "",
    "valid_until": "",
    "bookmaker": "",
    "sport": "",
    "competition": "",
    "author": "",
    "chat": "-1001234567890",
    "soft_id": "tertulia",
    "content": "https://tertulia.example/guia",
    "entry": "request",
    "resource": "tertulia",
    "opener": "⭐ Plan Mensual Premium",
    "ends": "period_end",
    "lines": "lines_go",
    "welcome": "¡Hola, {name}! Lee las normas en el mensaje fijado.",
    "topics": "topic_per_plan",
    "together": "plans_same",
    "plans": "⭐ Plan Mensual Premium",
    "all": "12",
    "kept": "2",
    "code": "VERANO20",
    "terms": "20 %",
    "missing": "",
    "role": "manager",
    "methods": "stars, stripe",
    "example": "stars 1500 XTR",
    "method": "Telegram Stars",
    "costs": Money(2999, "EUR"),
    "people": "42",
    "key": "contabilidad",
    "answer": "Ya está: pulsa /estado.",
    "message": "¿Te ayudo a entrar?",
    "key_name": "contabilidad",
    "abilities": "customers",
    "url": "https://n8n.example.com/hook",
    "endpoint_name": "n8n",
    "events": "payment.received",
    "since_days": "3",
    "which": "given_up",
    "setting": "GRACE_DAYS",
    "value": "7",
    "endpoint": "n8n",
    "channel": "@mispronosticos",
    "language": "es",
    "teasers": "daily",
    "minutes": "15",
    "role_name": "Contabilidad",
    "permissions": "panel.open,customer.see",
    "like": "support",
    "extended": "1",
    "moved": "0",
    "given": "5",
    "has": "1",
    "done": "0",
    "over": "2",
    "barred": "0",
    "members": "5550100",
    "last_day": "30.06.2027",
    "emptied_on": "30.06.2027",
    "day": samples.NOW,
    "csv_lines": "telegram_id,plan,until\n5550100,retabet,2027-06-30T18:00:00Z",
    "afterwards": "support",
}
_OTHERWISE: Final[Mapping[str, Mapping[str, str]]] = {
    **{kind: {"name": "@ana_lopez"} for kind in COMMANDS},
    **of_features("samples", "COMMAND_FACTS"),
}
"""Additional values for the texts of a dialogue, keyed by dialogue."""
_CHOICES: Final[Mapping[str, Sequence[str | Money]]] = {
    "days": ("+1", "+3", "+7", "+30"),
    "duration_days": ("30", "90", "365"),
    "plan": ("⭐ Plan Mensual Premium", "🎰 Retabet"),
    "channel": ("forms.skip",),
    "amount": (Money(2999, "EUR"),),
    **dict.fromkeys(("note", "months", "plans", "hold", "endpoint_name"), ("forms.skip",)),
    "method": ("Stripe", "Telegram Stars"),
    "price": ("commands.choice_of.price.own",),
    **dict.fromkeys(("emoji", "description", "trial_days", "prices", *LANGUAGES), ("forms.skip",)),
    "opens": ("VIP", "offer.opens.personal_channel"),
    **{
        name: tuple(f"offer.{name}.{word}" for word in FIELD_QUESTIONS[name].words)
        for name in ("buyers", "per_person", "listing")
    },
    "holders_of": ("forms.skip", "⭐ Plan Mensual Premium", "🎰 Retabet"),
    "campaign": ("forms.skip",),
    "opener": ("⭐ Plan Mensual Premium", "🎰 Retabet"),
    "entry": ("commands.choice_of.entry.request", "commands.choice_of.entry.ritual"),
    "lines": ("commands.choice.lines_stay", "commands.choice.lines_go"),
    "topics": ("commands.choice.no_topics", "commands.choice.topic_per_plan"),
    "together": ("commands.choice.plans_none", "commands.choice.plans_same"),
    "ends": ("commands.choice_of.ends.period_end", "commands.choice_of.ends.at_once"),
    "when": ("commands.choice_of.when.first", "commands.choice_of.when.each"),
    "often": ("commands.choice_of.often.once", "commands.choice_of.often.often"),
    "uses": ("forms.skip",),
    "until": ("forms.skip",),
    "abilities": tuple(f"commands.choice.{ability}" for ability in Ability),
    "which": ("commands.choice.given_up", "commands.choice.everything"),
    "like": ("commands.choice_of.like.none", "panel.role.publishing"),
    **of_features("samples", "CHOICES"),
}


def _form(t: Texts, kind: str, sure: str = "") -> list[Shot]:
    """Return all questions of a dialogue, the first one with a refused answer, then the confirmation."""
    form = FORMS[kind]
    known = {name: format_fact(t, value) for name, value in _SAID.items()}
    said = {**known, **_OTHERWISE.get(kind, {}), "until": moment(t, samples.NOW + samples.DAY)}
    shots = []
    required = [question.name for question in form.questions if not question.optional]
    for number, question in enumerate(form.questions, start=1):
        navigation = asking.Navigation(
            leave=_data(dialogues.LEAVE), previous=_data(dialogues.BACK_BUTTON) if number > 1 else None
        )
        offered = _CHOICES.get(question.name, ()) if question.choices is not None else ()
        choices = [(_label(t, each), _data(dialogues.CHOOSE, question.name, "30")) for each in offered]
        asks = f"forms.{form.asks}" if form.asks else form.texts
        words = asking.Words(form.texts, asks, question.name, said)
        step = (0, 0) if question.optional else (required.index(question.name) + 1, len(required))
        screen = asking.ask(t, words, step, choices, question.columns, navigation, None)
        shots.append(Shot(f"{kind}: {question.name}", screen))
    if form.summary is not None:
        navigation = asking.Navigation(
            leave=_data(dialogues.LEAVE), previous=_data(dialogues.BACK_BUTTON), do=_data(dialogues.DO)
        )
        opens = [(each, _data(dialogues.OPEN, each)) for each in form.steps] if form.opens else ()
        shots += [
            Shot(f"{kind}: {caption}", asking.confirm(t, form.texts, text, navigation, None, opens, form.asks or kind))
            for caption, text in _sure(t, form, said, sure)
        ]
    return shots


def _sure(t: Texts, form: Form, said: Mapping[str, Any], sure: str) -> list[tuple[str, str]]:
    if sure:
        return [("sure?", sure)]
    if form.kind in COMMANDS:
        command = COMMANDS[form.kind]
        answers = {**said, **{each.name: _answer(t, form.kind, each, str(said[each.name])) for each in command.inputs}}
        effects = [t(f"commands.{form.kind}.effect.{each}", **said) for each in command.effects]
        return [("sure?", confirmation(t, command, said, answers, effect)) for effect in effects or ("",)]
    return [("sure?", t(f"forms.{form.kind}.sure", **said))]


def _answer(t: Texts, command: str, asked: Input[Any], answer: str) -> str:
    if asked.is_named:
        return ", ".join(_label(t, word) for word in answer.split())
    if asked.kind is InputKind.CHOICE and answer in {"manager", "support"}:
        return t.plain(f"panel.role.{answer}")
    keys = choice_keys(command, asked, answer) if asked.kind is InputKind.CHOICE else ()
    return next((t.plain(key) for key in keys if t.has(key)), answer)


def _label(t: Texts, choice: str | Money) -> str:
    if isinstance(choice, Money):
        return t.plain("commands.choice.all", amount=choice)
    for key in (choice, f"commands.choice.{choice}"):
        if t.has(key):
            return t.plain(key)
    return f"{choice[:1]}{t.unit('day', int(choice[1:]))}" if choice.startswith("+") else _days(t, choice)


def _days(t: Texts, choice: str) -> str:
    return t.unit("day", int(choice)) if choice.isdecimal() else choice


def _data(verb: str, *more: str) -> str:
    return data(verb, samples.ID, *more)


_SECTIONS: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {
    "/admin": _beginning,
    "Plans": _plans,
    "Texts": _texts,
    "Customers": _people,
    "Watching": _watching,
    "Setting up": _setting_up,
}
