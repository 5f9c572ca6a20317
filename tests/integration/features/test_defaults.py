"""Features that are on in a new shop of each vertical, and features that remain on because they are in use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from subscriptions.application.dto.rooms import feature_folders
from subscriptions.application.features import FeatureState, FeatureStates, dependants
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.texts import DEFAULT_VERTICAL, TEXTS, verticals
from subscriptions.domain.entities.activation_token import IMPORT_CAMPAIGN
from tests.integration.features.conftest import Shop
from tests.integration.features.test_states import switch
from tests.support.features import write_feature

PRESENT: Final = frozenset(each.rpartition(".")[2] for each in feature_folders())
"""Features whose folders exist."""
EVERYBODY: Final = PRESENT & {"broadcasts", "evidence", "figures", "news", "receipts", "support", "withdrawals"}
TIPS: Final = PRESENT & {"record", "picks", "marks", "tokens", "vip"}
WANTED: Final = PRESENT & {
    *("api", "gifts", "invoices", "mcp", "miniapp", "moving", "partners", "promotions", "referrals", "transfer"),
    "webhooks",
}
ID: Final = "00000000-0000-4000-8000-0000000000"
ANA: Final = (
    "INSERT INTO customers (id, telegram_id, first_name, language, created_at)"
    f" VALUES ('{ID}aa', 7, 'Ana', 'es', now())"
)
"""Statement that inserts the customer to whom rows of a used feature belong."""
_USES: Final = {
    "api": "INSERT INTO api_keys (name, digest, abilities, created_at)"
    " VALUES ('erp', repeat('0', 64), 'payments', now())",
    "gifts": "INSERT INTO orders (id, customer_id, plan_id, status, price_minor, price_currency, recurring,"
    f" interval_count, trial_days, created_at, expires_at, gift) VALUES ('{ID}11', '{ID}aa', '{ID}11', 'expired', 2999,"
    " 'EUR', false, 1, 0, now(), now(), true)",
    "moving": "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days,"
    " created_at, expires_at, note, campaign, opened, sealed) VALUES"
    f" ('{ID}12', 'AAAABBBBCCCCDDDD', '{ID}11', 2999, 'EUR', 30, now(), now(), '', '{IMPORT_CAMPAIGN}', 0, false)",
    "partners": f"INSERT INTO partners (id, code, customer_id, created_at, ended_at) VALUES ('{ID}13', 'ANA', '{ID}aa',"
    " now(), now())",
    "picks": "INSERT INTO picks (id, key, plan_id, content, status, revision, created_at)"
    f" VALUES ('{ID}16', 'k', '{ID}11', '{{}}', 'withdrawn', 1, now())",
    "promotions": "INSERT INTO promotions (id, code, percent, first_only, once, created_at) VALUES"
    f" ('{ID}14', 'ONE', 20, true, true, now())",
    "record": "INSERT INTO record_entries (plan_id, number, tip_id, kind, at, starts_at, origin, salt, body, previous,"
    f" hash) VALUES ('{ID}11', 1, '{ID}19', 'withdrawn', now(), now(), 'cli', '', '', '', '')",
    "tokens": "INSERT INTO activation_tokens (id, token, plan_id, price_minor, price_currency, duration_days,"
    " created_at, expires_at, note, campaign, opened, sealed) VALUES"
    f" ('{ID}18', 'AAAABBBBCCCCDDDE', '{ID}11', 2999, 'EUR', 30, now(), now(), '', '', 0, false)",
    "transfer": "INSERT INTO takeovers (id, customer_id, from_account, to_account, status, asked_by, asked_at,"
    f" closed_at) VALUES ('{ID}15', '{ID}aa', 7, 8, 'done', '7', now(), now())",
    "vip": "INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at) VALUES"
    f" ('{ID}20', 'club', 'shared_channel', 'Club', 'ritual', 'active', now())",
    "webhooks": "INSERT INTO receivers (id, name, url, secret, created_at, failures, off_since)"
    f" VALUES ('{ID}17', 'erp', 'https://erp.example.com/', 'x', now(), 0, now())",
}
_OWN: Final = {
    "invoices": {"INVOICES": "handover"},
    "marks": {"PICK_MARKS": "on"},
    "referrals": {"REFERRAL_DAYS": "7"},
    "vip": {"VIP_ENTRY": "ritual"},
}
USES: Final = {name: rows for name, rows in _USES.items() if name in PRESENT}
OWN: Final = {name: given for name, given in _OWN.items() if name in PRESENT}


@pytest.fixture(autouse=True)
def texts() -> Iterator[None]:
    """Restore the texts after the test, because opening a shop of another vertical replaces them."""
    yield
    TEXTS.choose(DEFAULT_VERTICAL)


async def states_of(shop: Shop, vertical: str, **settings: str) -> FeatureStates:
    """Return the states in a shop whose settings name no features."""
    async with shop.open(FEATURES="", VERTICAL=vertical, **settings) as core:
        found: FeatureStates = core.features().now
        return found


@pytest.mark.parametrize("vertical", verticals())
async def test_new_shop_has_exactly_the_features_of_its_vertical(shop: Shop, vertical: str) -> None:
    states = await states_of(shop, vertical)

    expected = EVERYBODY | (TIPS if vertical in {"tips", "signals"} else set())
    assert {*states.names_on} | states.blocked == expected & installed().features.keys()
    assert states.blocked <= OWN.keys(), "these wait for their own setting"
    assert FeatureState.DRAINING not in states.states.values()


def test_every_feature_of_the_product_has_a_default() -> None:
    assert installed().features.keys() <= EVERYBODY | TIPS | WANTED


@pytest.mark.parametrize("feature", sorted(USES.keys() & installed().features.keys()))
async def test_feature_stays_on_in_a_shop_that_has_used_the_feature(shop: Shop, feature: str) -> None:
    assert (await states_of(shop, "plain")).states[feature] is FeatureState.OFF
    await shop.execute(
        "SET session_replication_role = replica;" + ANA, "SET session_replication_role = replica;" + USES[feature]
    )

    for vertical in ("plain", "tips"):
        assert (await states_of(shop, vertical)).states[feature] is FeatureState.ON
    features = installed().features
    for each in (*dependants(feature, [*features], features), feature):
        await switch(shop, each, on=False, FEATURES="")
    assert feature not in (await states_of(shop, "plain")).names_on


@pytest.mark.parametrize("feature", sorted(OWN.keys() & installed().features.keys()))
async def test_feature_is_on_if_its_own_setting_enables_the_feature(shop: Shop, feature: str) -> None:
    assert (await states_of(shop, "plain")).states[feature] is FeatureState.OFF
    assert (await states_of(shop, "plain", **OWN[feature])).states[feature] is FeatureState.ON


async def test_change_of_the_vertical_removes_only_unused_features(site: Path, shop: Shop) -> None:
    write_feature(site, "raffle", "used_when=('SELECT FROM public.raffles',)", default_for="frozenset({'tips'})")
    write_feature(site, "tickets", default_for="frozenset({'tips'})")
    await shop.execute("CREATE TABLE raffles (id int PRIMARY KEY)", "INSERT INTO raffles VALUES (1)")
    shop.migrate()
    assert {"raffle", "tickets"} <= {*(await states_of(shop, "tips")).names_on}

    names_on = (await states_of(shop, "plain")).names_on

    assert "raffle" in names_on
    assert "tickets" not in names_on
