"""Referrals in each state of the feature (on, draining, off): links, days, and days revoked by a refund."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from bot.feature import StartLinks, start_links
from features.referrals.feature import FEATURE
from features.referrals.permissions import SEE_REFERRALS
from features.referrals.wiring import ReferralsContainer
from subscriptions.application.features import FeatureState
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.job_handlers import handlers_of_features
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.ids import CustomerId, new_uuid
from subscriptions.domain.ports.writing.ledger import LEDGER
from tests.fakes.selling import entry, selling
from tests.fakes.units import Units
from tests.support.features import EVERY
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal

GIVE = "core.give_referral"
ON = {"REFERRAL_DAYS": "7"}
OFF = ({}, {"REFERRAL_DAYS": "0"}, {**ON, "FEATURES": "none"}, {**ON, "FEATURES": "-referrals"})
ANA = CustomerId(new_uuid())
LINK = f"ref_{ANA.hex}"


async def opened(url: str, **settings: str) -> tuple[FeatureState, timedelta, set[str], bool]:
    """Return the state of the feature, the days granted for a referral, the feature's jobs in the worker, and whether
    staff may see the referrers.
    """
    environ = {
        "DATABASE_URL": url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        features = core.features()
        jobs = set(handlers_of_features(core, "worker")) & FEATURE.jobs
        days = ReferralsContainer(core=core).days()()
        return features.state(FEATURE.name), days, jobs, features.allows(SEE_REFERRALS)


async def links(url: str, **settings: str) -> StartLinks:
    """Return the deep links known to the bot."""
    environ = {
        "DATABASE_URL": url,
        "FEATURES": EVERY,
        "TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35,
        **settings,
    }
    async with open_core(load(BotSettings, environ), environ=environ) as core:
        return start_links(BotContainer(core=core))


async def give_days(units: Units) -> None:
    """Store days that were granted for a payment to a running subscription."""
    async with units() as uow:
        sale = await selling(uow)
        sale.subscription.access_until = sale.subscription.created_at + timedelta(days=36500)
        await uow.subscriptions.save(sale.subscription)
        week = {"kind": LedgerKind.ADMIN_GRANT, "source_key": ledger.brought_source(sale.payment.id)}
        assert await uow.write(LEDGER).add_if_new(replace(entry(sale.subscription.id), **week))
        await uow.commit()


async def test_referral_days_are_granted_and_links_identify_the_referrer_while_the_feature_is_on(
    database_url: str,
) -> None:
    assert await opened(database_url, **ON) == (FeatureState.ON, timedelta(days=7), {GIVE}, True)
    found = await links(database_url, **ON)
    assert (found.referrer(LINK), found.source(LINK)) == (ANA, "referral")
    assert (found.referrer("ref_nobody"), found.source("ref_nobody"), found.knows("ref_nobody")) == (None, None, True)


@pytest.mark.parametrize("settings", OFF)
async def test_no_days_are_granted_and_links_identify_no_referrer_while_the_feature_is_off(
    settings: dict[str, str], database_url: str
) -> None:
    assert await opened(database_url, **settings) == (FeatureState.OFF, timedelta(), set(), False)
    found = await links(database_url, **settings)
    assert (found.referrer(LINK), found.source(LINK), found.knows(LINK)) == (None, None, True)


async def test_feature_is_draining_while_a_refund_can_still_revoke_granted_days(
    units: Units, database_url: str, fork_client: ForkClient
) -> None:
    await give_days(units)

    assert await opened(database_url) == (FeatureState.DRAINING, timedelta(), {GIVE}, True)
    found = await links(database_url)
    assert (found.referrer(LINK), found.knows(LINK)) == (None, True)
    ran = await Terminal({"DATABASE_URL": database_url}, fork_client).run("features", "list", "--json")
    (listed,) = [each for each in json.loads(ran.out) if each["name"] == FEATURE.name]
    assert listed == {
        "name": "referrals",
        "state": "draining",
        "left": {"days given that a refund revokes": 1},
    }


async def test_feature_is_draining_while_one_of_its_jobs_is_queued(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', $1, '{}')", GIVE
    )
    await connection.close()

    assert (await opened(database_url))[0] is FeatureState.DRAINING
