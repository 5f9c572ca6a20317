"""Entities restored unchanged from their rows, and a column for every field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Table

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel, Invite
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.entities.order import CheckoutAttempt, Order
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.post import PostDelivery
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.entities.userbot_account import UserbotAccount
from subscriptions.domain.events import Recorder
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.database import tables
from subscriptions.infrastructure.database.codecs import PAYMENT_EVENT
from subscriptions.infrastructure.database.mapping import RowMapper, storable
from subscriptions.infrastructure.repositories import (
    access_repository,
    account_repository,
    catalog_repository,
    channel_repository,
    checkout_repository,
    customer_repository,
    inbox_repository,
    message_repository,
    payment_repository,
    post_repository,
    subscription_repository,
)

MAPPERS: list[tuple[RowMapper[Any], Table, set[str]]] = [
    (customer_repository.CUSTOMER, tables.customers, {"search_name"}),
    (customer_repository.PAYMENT_ACCOUNT, tables.payment_accounts, set()),
    (catalog_repository.PLAN, tables.service_plans, set()),
    (catalog_repository.PRICE, tables.plan_payment_prices, set()),
    (checkout_repository.ORDER, tables.orders, set()),
    (checkout_repository.ATTEMPT, tables.checkout_attempts, set()),
    (subscription_repository.SUBSCRIPTION, tables.subscriptions, set()),
    (payment_repository.PAYMENT, tables.payments, set()),
    (access_repository.ENTRY, tables.ledger_entries, set()),
    (channel_repository.CHANNEL, tables.telegram_channels, {"invite_link"}),
    (channel_repository.INVITE, tables.channel_invites, set()),
    (access_repository.ACCESS, tables.accesses, set()),
    (account_repository.ACCOUNT, tables.userbot_accounts, set()),
    (account_repository.BOT, tables.bots, set()),
    (account_repository.ACCOUNT_BOT, tables.account_bots, set()),
    (post_repository.POST, tables.posts, set()),
    (post_repository.DELIVERY, tables.post_deliveries, set()),
    (message_repository.NOTIFICATION, tables.notifications, set()),
    (inbox_repository.ENTRY, tables.webhook_inbox, {"provider", "event_key"}),
    (inbox_repository.UPDATE, tables.bot_updates, {"done_at", "failed"}),
]

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    str: SAFE_TEXT,
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(timedelta(), timedelta(days=9999)),
    Money: st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY"])),
    Recorder: st.builds(Recorder),
    frozenset[str]: st.frozensets(st.sampled_from(["provider", "dispute", "staff"])),
    dict[str, str]: st.dictionaries(SAFE_TEXT, SAFE_TEXT),
    Mapping[str, str]: st.dictionaries(SAFE_TEXT, SAFE_TEXT),
}
ENTITIES = [
    Access,
    Channel,
    CheckoutAttempt,
    Customer,
    Invite,
    Notification,
    Order,
    Payment,
    PostDelivery,
    Subscription,
    UserbotAccount,
]


@pytest.mark.parametrize(("mapper", "table", "extra"), MAPPERS, ids=[table.name for _, table, _ in MAPPERS])
def test_entity_fields_and_table_columns_agree(mapper: RowMapper[Any], table: Table, extra: set[str]) -> None:
    assert set(mapper.columns) | extra == set(table.columns.keys())


def anything(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for instances of a dataclass whose text PostgreSQL accepts."""
    return st.builds(kind, **{name: _of(hint) for name, hint in get_type_hints(kind).items()})


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in STRATEGIES:
        return STRATEGIES[hint]
    parts = get_args(hint)
    if type(None) in parts:
        return st.none() | st.one_of([_of(part) for part in parts if part is not type(None)])
    return st.from_type(hint)


@pytest.mark.parametrize("entity", ENTITIES, ids=[entity.__name__ for entity in ENTITIES])
def test_entity_is_restored_from_its_row(entity: type[Any]) -> None:
    mapper: RowMapper[Any] = RowMapper(entity)

    @given(anything(entity))
    @settings(max_examples=40)
    def check(known: Any) -> None:
        assert mapper.to_entity(mapper.to_row(known)) == known

    check()


@given(anything(PaymentEvent))
@settings(max_examples=100)
def test_payment_event_is_restored_from_json(event: PaymentEvent) -> None:
    stored = json.loads(json.dumps(PAYMENT_EVENT.dump(event)))
    assert PAYMENT_EVENT.load(stored) == event


def test_event_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        PAYMENT_EVENT.load({"v": 2, "data": {}})


@given(st.text())
def test_any_text_can_be_stored(text: str) -> None:
    kept = storable({"a": [text, {text: text}]})
    assert "\x00" not in str(kept["a"][0])
    kept["a"][0].encode()


def test_storable_text_is_unchanged_and_unstorable_characters_are_replaced() -> None:
    assert storable("Ñandú 🎰") == "Ñandú 🎰"
    assert storable("a\x00b\ud83c") == "a\ufffdb?"
