"""Every staff command as a form of the console: an invalid answer is refused with an error at its field, the input is
kept, and nothing is written.
"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from subscriptions.application.dto.rooms import feature_of
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from tests.fakes.selling import Sale
from tests.integration.web.conftest import Tables
from tests.support.console_visitor import OLGA, Visitor, hidden
from tests.support.drawn import SHARES, Share, share_of
from tests.support.features import runs

OFFERED = frozenset({InputKind.CHOICE, InputKind.MANY})
WORDS = frozenset({InputKind.TEXT, InputKind.PARAGRAPH})
LONGEST = 5000


def wrong(asked: Input[Any]) -> str:
    """Return an answer that is refused for the input."""
    _, most = asked.limits or (0, LONGEST)
    return "x" * (most + 1) if asked.kind in WORDS else "no such answer"


def about(kind: SubjectKind, sale: Sale) -> str | None:
    """Return the subject of a form, or None if this shop has no such subject."""
    return {
        SubjectKind.SHOP: "shop",
        SubjectKind.CUSTOMER: str(sale.customer.id),
        SubjectKind.SUBSCRIPTION: str(sale.subscription.id),
        SubjectKind.PAYMENT: str(sale.payment.id),
        SubjectKind.PLAN: str(sale.plan.id),
        SubjectKind.RESOURCE: "vip",
        SubjectKind.SETTING: "GRACE_DAYS",
        SubjectKind.TEXT: "es:plans.welcome",
        SubjectKind.PAYMENT_METHOD: "stripe",
    }.get(kind)


def _is_on(command: type[StaffCommand]) -> bool:
    feature = feature_of(command)
    return feature is None or runs(feature)


def answers_of(page: str) -> dict[str, str]:
    """Return the values shown in a form, by field name."""
    lines = re.findall(r'<input (?=[^>]*name="(\w+)")[^>]*value="([^"]*)"', page)
    paragraphs = re.findall(r'<textarea (?=[^>]*name="(\w+)")[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in [*lines, *paragraphs]}


@pytest.mark.parametrize("share", SHARES)
async def test_error_is_shown_next_to_its_field_and_input_is_kept(
    olga: Visitor, sale: Sale, tables: Tables, share: Share
) -> None:
    written = "SELECT (SELECT count(*) FROM audit_log) AS lines, (SELECT count(*) FROM pgqueuer) AS jobs"
    before, tried = await tables.rows(written), 0
    subjects = {
        command: about(command.subject, sale) for command in COMMANDS.values() if command.inputs and _is_on(command)
    }
    forms = [(command, subject) for command, subject in subjects.items() if subject is not None]
    for command, subject in share_of(forms, share):
        path = f"/admin/do/{command.name}/{subject}"
        form = await olga.client.get(path)
        assert form.status_code == 200, (command.name, form.status_code, form.text[:400])
        typed = {each.name: f"7 {each.name}" for each in command.inputs if each.kind not in OFFERED}
        sent = {each.name: wrong(each) for each in command.inputs}
        answer = await olga.client.post(path, data={**hidden(form.text), **sent})
        beside = dict(re.findall(r'id="(\w+)-wrong">([^<]+)<', answer.text))
        shown = answers_of(answer.text)
        assert answer.status_code == 422, (command.name, answer.status_code)
        assert beside.keys() == sent.keys(), (command.name, beside)
        assert {name: shown.get(name) for name in typed} == {name: sent[name] for name in typed}, command.name
        tried += len(sent)
    assert await tables.rows(written) == before
    assert tried > (50 if share is Share.WHOLE else 0)


async def test_invisible_character_is_refused_and_emoji_are_kept(olga: Visitor, sale: Sale) -> None:
    tried = 0
    for command in COMMANDS.values():
        subject, words = about(command.subject, sale), [each for each in command.inputs if each.kind in WORDS]
        if subject is None or not words or not _is_on(command):
            continue
        path = f"/admin/do/{command.name}/{subject}"
        form = await olga.client.get(path)
        sent = {each.name: "VIP\u202e" for each in words}
        answer = await olga.client.post(path, data={**hidden(form.text), **sent})
        beside = dict(re.findall(r'id="(\w+)-wrong">([^<]+)<', answer.text))
        assert {name for name in sent if "U+202E" in beside[name]} == sent.keys(), (command.name, beside)
        tried += len(sent)
    assert tried > 30

    page = await olga.do(
        "edit_text",
        "es:plans.welcome",
        text="👩‍💻 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f {brand}",
    )
    assert "👩‍💻 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" in html.unescape(page)


async def test_preview_of_removing_an_owner_role_names_the_error(olga: Visitor) -> None:
    page = await olga.look("role", str(OLGA), role="none", reason="")
    assert re.search(r'id="role-wrong">Rol: a los propietarios solo los cambia quien lleva el servidor', page), page
