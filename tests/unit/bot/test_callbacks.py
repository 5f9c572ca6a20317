"""Parsing of button data, and recognition of kinds of updates from their raw content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiogram.types import CallbackQuery, User

from bot import callbacks
from bot.callbacks import PressFilter
from bot.updates import callback_id, is_about_money, pre_checkout, read_update

EVERY = [
    (callbacks.PLAN_SELECT_PATTERN, "plan_select_retabet", {"soft_id": "retabet"}),
    (callbacks.SUBSCRIBE_PATTERN, "subscribe_a-1", {"soft_id": "a-1"}),
    (callbacks.VERIFY_PATTERN, "verify_retabet", {"soft_id": "retabet"}),
    (callbacks.PAY_PATTERN, "pay_two_ways_retabet", {"provider": "two_ways", "soft_id": "retabet"}),
    (callbacks.CANCEL_PATTERN, "cancel_retabet", {"soft_id": "retabet"}),
    (callbacks.CONFIRM_CANCEL_PATTERN, "confirm_cancel", {"soft_id": None}),
    (callbacks.CONFIRM_CANCEL_PATTERN, "confirm_cancel_retabet", {"soft_id": "retabet"}),
    (callbacks.UNDO_CANCEL_PATTERN, "undo_cancel_retabet", {"soft_id": "retabet"}),
    (callbacks.CANCEL_REASON_PATTERN, "cancel_reason_retabet_price", {"soft_id": "retabet", "reason": "price"}),
    (callbacks.CHANGE_PATTERN, "change_retabet", {"soft_id": "retabet"}),
    (callbacks.SWITCH_FROM_PATTERN, "switch_retabet", {"soft_id": "retabet"}),
    (callbacks.SWITCH_PATTERN, "switch_retabet_5B0E77A1", {"soft_id": "retabet", "subscription": "5B0E77A1"}),
    (
        callbacks.CONFIRM_SWITCH_PATTERN,
        "sw_ok_retabet_5B0E77A1_tbspmo",
        {"soft_id": "retabet", "subscription": "5B0E77A1", "as_of": "tbspmo"},
    ),
    (callbacks.KEEP_PLAN_PATTERN, "keep_plan_retabet", {"soft_id": "retabet"}),
    (callbacks.STATUS, "status", True),
    (callbacks.EXPLANATION, "why", True),
    (callbacks.REPAIR_PATTERN, f"repair_{'a' * 32}", {"access": "a" * 32}),
    (callbacks.PLAN_LIST, "plan_list", True),
]


def press(data: str) -> CallbackQuery:
    return CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="Ana"), chat_instance="1", data=data)


@pytest.mark.parametrize(("pattern", "data", "found"), EVERY)
async def test_button_data_is_parsed(pattern: str, data: str, found: object) -> None:
    assert await PressFilter(pattern)(press(data)) == found


@pytest.mark.parametrize("data", [data for _, data, _ in EVERY])
async def test_button_data_matches_one_pattern_only(data: str) -> None:
    patterns = {pattern for pattern, _, _ in EVERY}

    assert len([pattern for pattern in patterns if await PressFilter(pattern)(press(data))]) == 1


@pytest.mark.parametrize("data", ["plan_select_", "plan_select_RETABET", "plan_select_a\n", "pay__", "x" * 64, ""])
async def test_invalid_button_data_matches_no_pattern(data: str) -> None:
    assert not any([await PressFilter(pattern)(press(data)) for pattern, _, _ in EVERY])


@pytest.mark.parametrize(
    "make",
    [
        callbacks.plan_select,
        callbacks.subscribe,
        callbacks.verify,
        callbacks.cancel,
        callbacks.confirm_cancel,
        callbacks.undo_cancel,
        callbacks.change,
        callbacks.switch_from,
        callbacks.keep_plan,
        lambda soft_id: callbacks.switch(soft_id, "5B0E77A1"),
        lambda soft_id: callbacks.confirm_switch(soft_id, "5B0E77A1", datetime(2099, 12, 31, tzinfo=UTC)),
        lambda soft_id: callbacks.cancel_reason(soft_id, "results"),
    ],
)
def test_button_data_of_the_longest_slug_fits(make: Callable[[str], str]) -> None:
    assert len(make("a" * 40).encode()) <= callbacks.LIMIT


@pytest.mark.parametrize("year", [2026, 2038, 2099])
async def test_timestamp_of_a_quoted_plan_change_is_parsed(year: int) -> None:
    moment = datetime(year, 3, 12, 20, 15, 42, tzinfo=UTC)
    data = callbacks.confirm_switch("retabet", "5B0E77A1", moment)
    found = await PressFilter(callbacks.CONFIRM_SWITCH_PATTERN)(press(data))

    assert isinstance(found, dict)
    assert callbacks.moment_in(found["as_of"]) == moment


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"message": {"chat": {"id": 5}, "from": {"id": 6}}}, 5),
        ({"callback_query": {"id": "1", "from": {"id": 6}, "message": {"chat": {"id": -100}}}}, -100),
        ({"callback_query": {"id": "1", "from": {"id": 6}}}, 6),
        ({"my_chat_member": {"chat": {"id": -100}, "from": {"id": 6}}}, -100),
        ({"chat_member": {"chat": {"id": -100}}}, -100),
        ({"pre_checkout_query": {"id": "1", "from": {"id": 6}}}, 6),
        ({"subscription": {"user": {"id": 6}, "invoice_payload": "x", "state": "failed"}}, 6),
        ({"something_new": {"id": 1}}, 0),
        ({"message": "nonsense"}, 0),
        ({}, 0),
    ],
)
def test_update_is_keyed_by_its_chat_or_else_by_its_sender(body: dict[str, object], key: int) -> None:
    found = read_update({"update_id": 1, **body})

    assert found is not None
    assert found.chat_key == key


def test_updates_of_a_shared_channel_have_a_key_per_person() -> None:
    def key(kind: str, chat: int, person: int, by: int) -> int:
        who = {"new_chat_member": {"user": {"id": person}}} if kind == "chat_member" else {}
        found = read_update({"update_id": 1, kind: {"chat": {"id": chat}, "from": {"id": by}, **who}})
        assert found is not None
        return found.chat_key

    ana, eva = key("chat_join_request", -100, 6, 6), key("chat_join_request", -100, 7, 7)
    assert ana == key("chat_member", -100, 6, 99), "in order for one person, whoever let them in"
    assert len({ana, eva, key("chat_join_request", -200, 6, 6), -100}) == 4
    assert all(-(2**63) <= each < 0 for each in (ana, eva)), "fits the column, and is nobody's own chat"


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"update_id": "1"}])
def test_update_without_an_id_is_refused(raw: object) -> None:
    assert read_update(raw) is None


def test_button_presses_and_pre_checkout_queries_are_recognized_in_the_raw_update() -> None:
    assert callback_id({"callback_query": {"id": "77"}}) == "77"
    assert pre_checkout({"pre_checkout_query": {"id": "88"}}) == {"id": "88"}
    assert callback_id({"message": {"id": "77"}}) is None
    assert pre_checkout({"pre_checkout_query": {"id": 88}}) is None


@pytest.mark.parametrize(
    ("body", "notified"),
    [
        ({"message": {"successful_payment": {}}}, True),
        ({"message": {"refunded_payment": {}}}, True),
        ({"subscription": {"state": "failed"}}, True),
        ({"message": {"text": "successful_payment"}}, False),
        ({"pre_checkout_query": {"id": "88"}}, False),
        ({"subscription": None}, False),
    ],
)
def test_payment_updates_are_recognized_in_the_raw_update(body: dict[str, object], notified: bool) -> None:
    assert is_about_money({"update_id": 1, **body}) is notified
