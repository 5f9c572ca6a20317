"""Check that every kind of alarm is shown with names, translated words, and working buttons."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Final
from uuid import UUID

from aiogram.types import InlineKeyboardButton

from bot import callbacks
from bot.panel.data import data, parts
from bot.panel.index import PAGES
from bot.screens import Screen
from bot.screens.alarms import alarm, leads
from bot.screens.panel.people.watch import one
from bot.texts import texts_for
from subscriptions.application import routing
from subscriptions.application.alarms.alarm_kind import TAKES, alarm_kinds, permission_for
from subscriptions.application.views.alarm_facts import HIDDEN_FACTS
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.services.staff_policy import StaffAction, may
from tests.support.alarms import names_of
from tests.support.each_case import each_case
from tests.support.of_features import message_kinds
from tests.support.removed import REMOVED
from tests.unit.bot.test_alarm_handbook import KINDS, WORDS
from web.console.index import pages as console_pages
from web.console.pages.watch import _ADDRESSES
from web.console.words import words_for

ID: Final = UUID("0193b6f0-0000-7000-8000-00000000a11a")
NOW: Final = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
MOMENT: Final = "2026-03-12 20:00 UTC"
SAMPLES: Final[dict[str, tuple[dict[str, str], str]]] = {
    "customer": (
        {"customer": str(ID), "question": str(ID), "telegram_id": "1001", "name": "Ana (@ana)"},
        "Ana (@ana) · 1001",
    ),
    "plan": ({"plan": "Oro", "plan_id": str(ID)}, "Oro"),
    "to": ({"to": "Plata"}, "Plata"),
    "order": ({"order": "A1B2C3D4"}, "A1B2C3D4"),
    "subscription": ({"subscription": "sub_1"}, "sub_1"),
    "charge": ({"charge": MOMENT}, ""),
    "channel": ({"channel": "Oro de Ana"}, "Oro de Ana"),
    "account": ({"account": "1 principal"}, "1 principal"),
    "by": ({"by": "2 otra"}, "2 otra"),
    "provider": ({"provider": "stripe"}, "Stripe"),
    "providers": ({"providers": "crypto"}, ""),
    "amount": ({"amount": "29.99€"}, ""),
    "invoice": ({"invoice": "F2026-00042"}, "F2026-00042"),
    "excess": ({"excess": "1.00€"}, ""),
    "due": ({"due": "2026-12-01 10:00 UTC"}, ""),
    "until": ({"until": MOMENT}, ""),
    "tips": ({"tips": "4"}, "4"),
    "tip": ({"tip": "Betis – Sevilla"}, "Betis – Sevilla"),
    "result": ({"result": "half_won"}, ""),
    "said": ({"said": "lost"}, ""),
    "source": ({"source": "football-data"}, "football-data"),
    "evidence": ({"evidence": "2–1"}, "2–1"),
    "unsent": ({"unsent": "3"}, "3"),
    "copies": ({"copies": "12"}, "12"),
    "promotion": ({"promotion": "VERANO20"}, "VERANO20"),
    "agreed": ({"agreed": "29.99 EUR"}, ""),
    "saved": ({"saved": "6.00 EUR"}, ""),
    "paid": ({"paid": "29.00€"}, ""),
    "staff": ({"staff": "Olga (@olga) · 77"}, "Olga (@olga) · 77"),
    "program": ({"program": "crm"}, "crm"),
    "role": ({"role": "Caja"}, "Caja"),
    "given": ({"given": "40 d"}, "40 d"),
    "stranger": ({"stranger": "Iker · 5"}, "Iker · 5"),
    "other_account": ({"other_account": "Iker · 5"}, "Iker · 5"),
    "banned_by": ({"banned_by": "Iker · 5"}, "Iker · 5"),
    "reason": ({"reason": "the provider does not stop it"}, ""),
    "status": ({"status": "events_missing"}, ""),
    "change": ({"change": "cancel"}, ""),
    "message": ({"message": "invite_ready"}, ""),
    "job": ({"job": "userbot.acc.12"}, ""),
    "unnamed": ({"unnamed": "77"}, "77"),
    "unappointed": ({"unappointed": "78"}, "78"),
    "table": ({"table": "picks"}, "picks"),
    "login": ({"login": "shopbot"}, "shopbot"),
    "row": ({"row": "7"}, "7"),
    "path": ({"path": "/faq"}, "/faq"),
    "problem": ({"problem": "no number"}, "no number"),
    "missing": ({"missing": "can_invite_users, can_post_messages"}, ""),
    "price": ({"price": "price_1"}, "price_1"),
    "event": ({"event": "evt_1", "inbox": str(ID)}, "evt_1"),
    "bot": ({"bot": "@sender"}, "@sender"),
    "double": ({"double": "-1005"}, "-1005"),
    "group": ({"group": "-1006"}, "-1006"),
    "settings": ({"settings": "STRIPE_SECRET_KEY"}, "STRIPE_SECRET_KEY"),
    "address": ({"address": "https://umbral.example/webhooks/stripe"}, "/webhooks/stripe"),
    "feature": ({"feature": "survey"}, "survey"),
    "where": ({"where": "section of the status card"}, "section of the status card"),
    "error": ({"error": "KeyError, line 12"}, "KeyError, line 12"),
    "processes": ({"processes": "web: mcp 1.0 on; worker: none"}, "web: mcp 1.0 on"),
    "process": ({"process": "worker"}, "worker"),
    "machine": ({"machine": "uno"}, "uno"),
    "off": ({"off": "+40 d 00:00"}, "40 d"),
    "receiver": ({"receiver": "contabilidad"}, "contabilidad"),
    "pick": ({"pick": "p-1"}, "p-1"),
    "post": ({"post": "https://t.me/c/2000000001/7"}, "t.me/c/2000000001/7"),
    "text": ({"text": "Gana el Betis"}, "Gana el Betis"),
    "plans": ({"plans": "Oro"}, "Oro"),
    "titles": ({"titles": "Guía"}, "Guía"),
    "update": ({"update": "9"}, "9"),
    "backup": ({"backup": "umbral.dump"}, "umbral.dump"),
    "token": ({"token": "····AB12"}, "····AB12"),
    "per_day": ({"per_day": "2.5"}, ""),
    **{
        name: ({name: MOMENT}, "2026")
        for name in ("charged", "last", "newest", "retry", "signed", "since", "asked", "moves_at")
    },
    **{
        name: ({name: "3"}, "3")
        for name in ("accounts", "channels", "inside", "jobs", "number", "people", "posts", "rows", "waiting")
    },
}
HELD_IN_ITS_SENTENCE: Final = {"share": "85", "left": "3", "days": "9"}
OWN_SCREENS: Final = {
    "many_alarms": {"alarms": "payment_event_stuck"},
    "sweep_held": {"sweep": ID.hex, "people": "3", "limit": "1", "live": "9", "who": ""},
    "sweep_done": {"sweep": ID.hex, "people": "3", "until": NOW.isoformat()},
    "reconciled": {"found": "0", "healed": "0", "open": "0", "differences": ""},
    "brought_back": {
        **dict.fromkeys(("since", "until"), "12 mar"),
        **dict.fromkeys(("recalled", "unsent", "undelivered", "unknown", "found"), "0"),
        "silent": "Stripe",
    },
}
NAMES: Final = {name: () if name in OWN_SCREENS else names_of(kind) for name, kind in alarm_kinds().items()}
UUID_SEEN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}")
CODE: Final = re.compile(r"\b[a-z]+(?:[_.][a-z]+)+\b")
CLOSE: Final = data("alarm.close", ID)
PATTERNS: Final = (callbacks.REPAIR_PATTERN, callbacks.BULK_EXPIRY_PATTERN)


def facts_of(kind: str) -> dict[str, str]:
    """Return the facts of an alarm of the kind, with all ids included."""
    facts = {"access": str(ID)} if kind in {"paid_without_access", "payer_banned"} else {}
    for name in NAMES[kind]:
        facts |= SAMPLES[name][0]
    return facts | OWN_SCREENS.get(kind, HELD_IN_ITS_SENTENCE if kind == "pool_share" else {})


def shown(kind: str, language: str) -> Screen:
    return alarm(texts_for(language), {"alarm": kind, **facts_of(kind)})


def buttons_of(screen: Screen) -> list[InlineKeyboardButton]:
    return [each for row in screen.markup.inline_keyboard for each in row] if screen.markup is not None else []


def answered(data: str) -> bool:
    found = parts(data)
    return found[0] in PAGES if found is not None else any(re.fullmatch(each, data) for each in PATTERNS)


def test_every_detail_of_an_alarm_has_a_label() -> None:
    names = {name for kind in set(KINDS) - OWN_SCREENS.keys() for name in NAMES[kind]} - {"customer"}
    assert names <= SAMPLES.keys()
    assert REMOVED or names == SAMPLES.keys() - {"customer"}
    assert names <= WORDS["names"].keys()
    assert not names & HIDDEN_FACTS


@each_case("language", ["es", "en"])
@each_case("kind", KINDS)
def test_alarm_shows_all_its_details_as_words_without_raw_ids_or_codes(kind: str, language: str) -> None:
    text = unescape(shown(kind, language).text)
    lines = [line for line in text.split("\n") if line.startswith("• ")]

    assert [name for name in NAMES[kind] if SAMPLES[name][1] not in text] == []
    if kind not in OWN_SCREENS:
        assert len(lines) == len(NAMES[kind])
    assert not UUID_SEEN.search(text)
    assert "None" not in text
    assert not re.search(r": [-–]?$", text, re.MULTILINE)
    assert not [
        word for line in lines for word in CODE.findall(line) if "://" not in line and "umbral.dump" not in line
    ]
    assert not [line for line in lines if line.startswith("• ") and line[2].islower()], "a name without a word"
    if language == "es":
        assert "the provider does not" not in text


@each_case("kind", KINDS)
def test_alarm_has_at_most_two_buttons_that_all_work(kind: str) -> None:
    buttons = buttons_of(shown(kind, "es"))
    # A ban has two answers: readmit the customer, or block and refund them.
    assert len(buttons) <= 2 + (kind == "payer_banned")
    assert all(answered(each.callback_data or "") for each in buttons)
    if "customer" in NAMES[kind]:
        assert buttons[-1].text == texts_for("es").plain("buttons.their_card")


@each_case("role", list(StaffRole))
@each_case("kind", KINDS)
def test_panel_shows_only_actions_allowed_to_the_staff_member(kind: str, role: StaffRole) -> None:
    item = Alarm(id=ID, key=kind, kind=kind, facts=facts_of(kind), raised_at=NOW)
    offered = buttons_of(one(texts_for("es"), item, role))[:-2]

    assert len([each for each in offered if each.callback_data != CLOSE]) <= 2 + (kind == "payer_banned")
    for each in offered:
        found = parts(each.callback_data or "")
        assert found is None or may(role, PAGES[found[0]].action)
    repairs = [each for each in offered if "Reparar" in each.text]
    assert len(repairs) == (kind == "paid_without_access" and may(role, StaffAction.REPAIR))


def test_link_of_an_alarm_requires_the_permission_of_its_page() -> None:
    for kind, about in alarm_kinds().items():
        made = leads(texts_for("es"), kind, facts_of(kind))
        found = parts(made.callback_data or "") if made is not None else None
        if about.link is not None and found is not None:
            assert PAGES[found[0]].action == permission_for(about.link), kind
    assert _ADDRESSES.keys() <= TAKES.keys()


def test_every_button_of_an_alarm_with_missing_details_works() -> None:
    for kind in sorted(set(KINDS) - set(OWN_SCREENS) - {"pool_share", "mirror_lost", "customers_rehomed"}):
        if "{" in texts_for("es").entries[f"alarms.{kind}"]:
            continue
        notified = alarm(
            texts_for("es"), {"alarm": kind, "order": "-", "access": "x", "customer": "", "number": "None"}
        )
        assert "Pedido" not in notified.text
        assert all(answered(each.callback_data or "") for each in buttons_of(notified))


def _own_reasons() -> Iterator[str]:
    """Yield the sentences that the application itself gives as reasons of alarms."""
    takers = {"_failed", "give_up", "report_broken", "PrerequisiteMissing", "_tell"}
    audits = {"record", "note", "AuditEntry"}
    for path in Path(routing.__file__).parents[1].rglob("*.py"):
        if "infrastructure" in path.parts or "recovery" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                said = [value for key, value in zip(node.keys, node.values, strict=True) if _is(key, "reason")]
            elif isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in audits:
                    continue
                taken = name in takers
                said = [*(node.args if taken else ()), *(each.value for each in node.keywords if each.arg == "reason")]
            else:
                continue
            yield from (each.value for each in said if _is_sentence(each))


def _is(node: ast.expr | None, value: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def test_every_internal_reason_in_an_alarm_has_a_translation() -> None:
    found = set(_own_reasons())
    assert {"the provider does not stop it", "the bot still sees the channel"} <= found
    assert sorted(found - WORDS["reasons"].keys()) == []


@each_case("reason", sorted(WORDS["reasons"]))
def test_internal_reason_is_translated(reason: str) -> None:
    assert reason not in alarm(texts_for("es"), {"alarm": "still_billed", "reason": reason}).text


def test_reason_of_a_third_party_is_quoted_verbatim() -> None:
    notified = alarm(texts_for("es"), {"alarm": "still_billed", "reason": "stripe: No such <price>"}).text
    assert "• Detalle técnico: <code>stripe: No such &lt;price&gt;</code>" in notified


def test_every_message_kind_has_a_name_in_both_languages() -> None:
    assert WORDS["messages"].keys() >= message_kinds()


@each_case("kind", sorted(set(KINDS) - set(OWN_SCREENS)))
def test_console_shows_the_same_alarm_details_as_the_chat(kind: str) -> None:
    facts = facts_of(kind)
    chat = unescape(alarm(texts_for("es"), {"alarm": kind, **facts}).text)
    assert all(f"• {name}: {value}" in chat for name, value in words_for("es").facts(kind, facts))


def test_console_pages_linked_by_alarms_exist() -> None:
    known = {page.path: page.name for page in console_pages()}
    for way, address in _ADDRESSES.items():
        name = known[address.partition("?")[0]]
        assert words_for("es").has(f"page.{name}"), way
