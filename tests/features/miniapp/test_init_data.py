"""Proof of identity of a Mini App visitor: only recent data signed by Telegram for our bot are accepted."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl

import pytest
from aiogram.utils.web_app import check_webapp_signature
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from features.miniapp.settings import mini_app_key
from features.miniapp.use_cases.enter_app import EnterApp
from features.miniapp.web.init_data import CLOCK_SKEW, MAX_AGE, InvalidInitData, init_data_of, verify
from features.miniapp.web.visitors import Visitors
from tests.fakes.clock import ManualClock
from tests.fakes.samples import NOON
from tests.fakes.shop import memory_shop
from tests.support.mini_app import BOT_TOKEN, init_data

KEY = bytes.fromhex(mini_app_key(BOT_TOKEN))
ANA = 7001
OTHER_TOKEN = "654321:AAAnotherBotsTokenEntirely"


def test_signature_of_the_init_data_used_in_tests_is_valid_for_its_bot_only() -> None:
    assert check_webapp_signature(BOT_TOKEN, init_data(ANA, NOON))
    assert not check_webapp_signature(BOT_TOKEN, init_data(ANA, NOON, token=OTHER_TOKEN))


def test_init_data_identifies_the_visitor() -> None:
    visitor = verify(init_data(ANA, NOON, language="pt-BR"), KEY, NOON + MAX_AGE).person
    assert (visitor.telegram_id, visitor.first_name, visitor.language_code) == (ANA, "Ana", "pt-BR")


REFUSED = {
    "signed for another bot": (init_data(ANA, NOON, token=OTHER_TOKEN), NOON, "not signed"),
    "stale": (init_data(ANA, NOON), NOON + MAX_AGE + timedelta(seconds=1), "too old"),
    "dated in the future": (init_data(ANA, NOON + CLOCK_SKEW + timedelta(seconds=1)), NOON, "future"),
    "dated in the year 33658": (init_data(ANA, NOON, auth_date="999999999999"), NOON, "future"),
    "without a date": (init_data(ANA, NOON, auth_date=""), NOON, "no date"),
    "digits of another script": (init_data(ANA, NOON, auth_date="١٢٣"), NOON, "no date"),
    "without a user": (init_data(ANA, NOON, user="{}"), NOON, "no person"),
    "user without an id": (init_data(0, NOON), NOON, "no person"),
    "duplicate field": (init_data(ANA, NOON) + "&user=%7B%7D", NOON, "twice"),
    "no hash": (init_data(ANA, NOON).split("&hash=")[0], NOON, "not signed"),
    "no query string": ("hello", NOON, "no query string"),
    "too long": (init_data(ANA, NOON, query_id="x" * 5000), NOON, "too long"),
}


@pytest.mark.parametrize(("data", "at", "why"), REFUSED.values(), ids=REFUSED)
def test_invalid_init_data_is_refused(data: str, at: datetime, why: str) -> None:
    with pytest.raises(InvalidInitData, match=why):
        verify(data, KEY, at)


@given(index=st.integers(min_value=0), other=st.characters(min_codepoint=48, max_codepoint=122))
def test_init_data_with_one_changed_character_is_refused(index: int, other: str) -> None:
    data = init_data(ANA, NOON)
    index %= len(data)
    changed = data[:index] + other + data[index + 1 :]
    if parse_qsl(changed) != parse_qsl(data):
        with pytest.raises(InvalidInitData):
            verify(changed, KEY, NOON)


@pytest.mark.parametrize("header", ["", "tma", "tma  ", "Bearer x=1", "x=1"])
def test_header_without_init_data_is_refused(header: str) -> None:
    with pytest.raises(InvalidInitData, match="there is none"):
        init_data_of(header)


def test_authorization_scheme_is_case_insensitive() -> None:
    assert init_data_of("TMA a=b") == "a=b"


def asked_with(cookie: str) -> Request:
    headers = [(b"authorization", b"visit"), (b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers})


def test_visit_with_a_forged_cookie_is_refused_without_a_database_lookup() -> None:
    """Requests from thousands of strangers with forged cookies use no database connection."""
    visitors = Visitors(KEY, ManualClock(NOON), EnterApp(memory_shop().units, ManualClock(NOON)), "http://127.0.0.1")
    for forged in ("", "umbral_app=", "umbral_app=key", "umbral_app=key.", f"umbral_app=key.{'0' * 64}"):
        with pytest.raises(InvalidInitData, match="over"):
            visitors.visit(asked_with(forged))
    signature = hmac.new(KEY, b"visit key", sha256).hexdigest()
    assert visitors.visit(asked_with(f"umbral_app=key.{signature}")) == "key"
