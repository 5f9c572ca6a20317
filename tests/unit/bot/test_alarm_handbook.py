"""Check that the operator's handbook explains the meaning, cause and remedy of each alarm, and that each alarm links to
a page.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest

from bot.screens.alarms import alarm
from bot.texts import texts_for
from scripts.site_alarms import declared
from subscriptions.application.alarms.alarm_kind import (
    AlarmLink,
    ByAge,
    ByCheck,
    ByPerson,
    News,
    alarm_kinds,
    link_of,
    page_of,
)
from subscriptions.application.alarms.payment_causes import made_up_for
from subscriptions.application.dto import jobs
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.rooms import load_rooms
from subscriptions.bootstrap.texts import alarm_texts
from subscriptions.domain.entities.payment import FlagReason
from web.console.words import LANGUAGES, words_for

load_rooms()
KINDS_OF_WORK = {each.name for each in JobPayload.__subclasses__()}
WORK = sorted(KINDS_OF_WORK - {jobs.RaiseAlarm.name})
WORDS = alarm_texts()
KINDS = sorted(name for name in WORDS.keys() - {"fact", "other"} if isinstance(WORDS[name].get("es"), str))
ROWS = {kind: entry["handbook"] for kind, entry in declared().items()}

CLOSES = {name: kind.closes for name, kind in alarm_kinds().items()}
NEWS = {name for name, closes in CLOSES.items() if isinstance(closes, News)}
A_PERSON_ALONE = {name for name, closes in CLOSES.items() if isinstance(closes, ByPerson)}
RAISED_EACH_DAY = {
    name for name, closes in CLOSES.items() if isinstance(closes, ByAge) and closes.age > timedelta(days=1)
}


def test_each_kind_of_alarm_has_a_text_and_a_declared_way_to_close() -> None:
    assert sorted(CLOSES) == KINDS


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NEWS))
def test_handbook_explains_how_each_alarm_closes(kind: str) -> None:
    row = " ".join(ROWS[kind])
    if kind in A_PERSON_ALONE:
        assert "only you can" in row
        assert "✅" in row
    else:
        assert re.search(r"clos|It closes|repeats every day", row)
        assert "then ✅" not in row


@pytest.mark.parametrize("kind", KINDS)
def test_handbook_explains_meaning_cause_and_remedy_of_each_alarm(kind: str) -> None:
    cells = [cell.strip() for cell in ROWS.get(kind, ())]
    assert len(cells) == 3
    assert all(cells)


@pytest.mark.parametrize("kind", KINDS)
def test_handbook_entry_of_an_alarm_does_not_refer_to_another_entry(kind: str) -> None:
    assert not {"the same", "likewise", "as above"} & set(ROWS[kind])
    assert not re.search(r"\b(likewise|as above)\b", " ".join(ROWS[kind]))


def test_handbook_marks_informational_and_daily_alarms() -> None:
    assert {kind for kind, row in ROWS.items() if row[-1].endswith(": news")} == NEWS
    assert {kind for kind, row in ROWS.items() if "repeats every day" in " ".join(row)} >= RAISED_EACH_DAY


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WORK)
def test_job_is_shown_by_its_purpose_instead_of_its_name(name: str, language: str) -> None:
    reported = f"{name}.12" if name == jobs.TendChannel.name else name
    shown = alarm(texts_for(language), {"alarm": "job_held", "job": reported}).text
    assert name not in shown
    ((_, said),) = words_for(language).facts("", {"job": reported})
    assert said in unescape(shown)


@pytest.mark.parametrize("kind", ["amount_mismatch", "dispute_open", "removal_stuck", "still_billed"])
def test_alarm_about_a_customer_links_to_the_customer_card(kind: str) -> None:
    t = texts_for("es")
    shown = alarm(t, {"alarm": kind, "telegram_id": "7", "customer": str(uuid4())})
    assert shown.markup is not None
    last = shown.markup.inline_keyboard[-1][0]
    assert last.text == t.plain("buttons.their_card")
    assert (last.callback_data or "").endswith(":alarms"), "where the card leads back to"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["es", "en"])
def test_alarm_text_has_more_than_one_sentence(kind: str, language: str) -> None:
    assert texts_for(language).entries[f"alarms.{kind}"].partition(". ")[2]


def test_commands_in_the_handbook_are_marked_as_code_without_backticks() -> None:
    shown = alarm(texts_for("es"), {"alarm": "job_held", "job": "7"}).text
    named = alarm(texts_for("es"), {"alarm": "withdrawals_repeated"}).text

    assert "<code>umbral jobs show</code>" in shown
    assert "WITHDRAWAL_REPEAT_DAYS" in named
    assert "`" not in shown + named


@pytest.mark.parametrize("kind", KINDS)
def test_alarm_that_mentions_a_button_has_that_button(kind: str) -> None:
    assert link_of(kind) is not None or not re.search(r"(?:el|del) botón", WORDS[kind]["es"])


@pytest.mark.parametrize("kind", KINDS)
def test_alarms_about_the_same_subject_link_to_the_same_page(kind: str) -> None:
    """The subjects include an account, a payment with its order, a dispute, a webhook event, a provider and a job."""
    facts = set(alarm_kinds()[kind].__dataclass_fields__)
    if "account" in facts:
        assert link_of(kind) is AlarmLink.ACCOUNTS
    if kind in set(FlagReason) | {"fraud_warning", "overpaid", "refund_failed", "refund_reversed", "withdrawal_owed"}:
        assert link_of(kind) is AlarmLink.REFUND
    if kind.startswith("dispute_"):
        is_time_owed = CLOSES[kind] == ByCheck(made_up_for)
        assert link_of(kind) is (AlarmLink.GRANT if is_time_owed else AlarmLink.PAYMENTS)
    if {"provider", "event"} <= facts and "plans" not in facts:
        assert page_of(kind) is AlarmLink.WEBHOOKS
    if "provider" in facts and not facts & {"event", "plan", "signed"}:
        assert page_of(kind) is AlarmLink.METHODS
    if "number" in facts:
        assert link_of(kind) is AlarmLink.REQUEUE
    if "waiting" in facts and "accounts" not in facts:
        assert page_of(kind) in {AlarmLink.JOBS, AlarmLink.MESSAGES}
