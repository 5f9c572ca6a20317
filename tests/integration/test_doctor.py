"""`umbral doctor`, which queries the services: each problem is named, with its first occurrence and its remedy."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.bootstrap import demo_data, doctor
from subscriptions.bootstrap.checks.diagnosis import diagnose
from subscriptions.bootstrap.doctor import report_of_database
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.processes import APPLICATION
from subscriptions.domain.entities.custom_setting import CustomSetting
from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.infrastructure.payments.stripe.settings import StripeSettings
from subscriptions.infrastructure.payments.stripe.wire import Wire
from tests.fakes import samples
from tests.support.fork_clients import ForkClient
from tests.support.installation import Installation
from tests.support.operator_cli import Terminal
from tests.support.postgres import Server
from umbral_sandbox.server import running_sandbox

AWAY = "postgresql://umbral:hidden@127.0.0.1:1/umbral"


@pytest.fixture
async def installation(database_url: str) -> AsyncIterator[Installation]:
    async with running_sandbox() as sandbox:
        made = Installation(sandbox, database_url)
        await made.open()
        yield made


async def found(settings: dict[str, str], **changes: str) -> set[str]:
    return {each.problem.key for each in await diagnose({**settings, **changes})}


async def test_doctor_names_missing_requirements_for_sales(installation: Installation) -> None:
    settings = installation.settings
    assert await found(settings) == {"selling:no_plan", "selling:no_account"}

    await demo_data.seed(settings, [("+34600000001", "a session", "one")], 1)
    assert await found(settings) == set()
    async with operator(settings) as container, container.core.units()() as uow:
        (one,) = await uow.accounts.all()
        await uow.accounts.save(replace(one, channels_used=one.channel_cap))
        await uow.commit()
    assert await found(settings) == {"selling:no_room"}, "another account is needed"
    async with operator(settings) as container, container.core.units()() as uow:
        await uow.accounts.save(one)
        await uow.commit()
    assert await found(settings, WIN_BACK_PROMOTION="VUELVE") == {"selling:no_promotion"}, "there is none of this code"
    assert await found(settings, TELEGRAM_CURRENCY_ALONE_ON_PHONES="on") == {"selling:no_telegram_currency"}, (
        "nobody sells for Stars"
    )
    assert await found(settings, TELEGRAM_CURRENCY_ALONE_ON_PHONES="on", STARS="on") == set()

    bare = {"ADMIN_TELEGRAM_IDS": "", "LEGAL_IDENTITY": " ", "SENDER_BOT_TOKENS": "", "SUPPORT_CONTACT": ""}
    assert await found(settings, **bare) == {
        f"selling:no_{what}" for what in ("owners", "legal_identity", "senders", "support_contact")
    }
    async with operator(settings) as container, container.core.units()() as uow:
        for name, value in (("LEGAL_IDENTITY", "Tienda, S.L."), ("SUPPORT_CONTACT", "@tienda")):
            await uow.settings.save(CustomSetting(name=name, value=value, changed_at=samples.NOON))
        await uow.commit()
    assert await found(settings, **bare) == {"selling:no_owners", "selling:no_senders"}, "chosen in the console"


async def test_missing_userbot_is_reported_only_if_a_plan_needs_a_userbot(installation: Installation) -> None:
    alone = {name: value for name, value in installation.settings.items() if name not in {*APPLICATION, "SESSION_KEY"}}
    alone["SENDER_BOT_TOKENS"] = ""
    assert doctor.report(alone) == []
    assert await found(alone) == {"selling:no_plan"}
    half = {**alone, "TELEGRAM_API_ID": "1"}
    assert any(line.startswith("TELEGRAM_API_HASH: ") and "(userbot)" in line for line in doctor.report(half))

    await demo_data.seed(alone, [], 1)
    (missed,) = [each.problem for each in await diagnose(alone)]
    assert (missed.key, missed.setting) == ("selling:no_userbot", "TELEGRAM_API_ID")
    assert missed.facts == {"plans": "retabet, sportium, bet365"}
    said = await report_of_database(alone)
    assert not any("account" in line or "userbot" in line for line in said), said

    async with operator(alone) as container, container.core.units()() as uow:
        for plan in await uow.plans.all():
            await uow.plans.save(replace(plan, active=plan.opens_vip))
        await uow.commit()
    assert await found(alone) == set(), "what is on sale opens only what is there"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35}, "bot:bot_refused"),
        ({"SENDER_BOT_TOKENS": "123456:" + "a" * 35}, "sender 1:bot_refused"),
        ({"TELEGRAM_BOT_API_BASE": "http://127.0.0.1:1"}, "bot:bot_silent"),
        ({"STRIPE_SECRET_KEY": "sk_test_demoNobodys"}, "stripe:provider_refused"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, "stripe:provider_silent"),
        ({"DATABASE_URL": AWAY}, "database:database_away"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_doctor_names_the_problem_of_each_service(
    installation: Installation, changed: dict[str, str], problem: str
) -> None:
    assert problem in await found(installation.settings, **changed)


def test_doctor_names_an_unknown_setting_of_umbral_and_ignores_a_foreign_setting() -> None:
    environ = {
        "BRAND_NAMEE": "Tienda",
        "STRIPE_FOO": "1",
        "PATH": "/bin",
        "POSTGRES_PASSWORD": "x",
        "BRAND_NAME": "Tienda",
    }
    assert doctor.report_of_names(environ) == [
        "BRAND_NAMEE: is no setting, so nobody reads it; did you mean BRAND_NAME?",
        "STRIPE_FOO: is no setting, so nobody reads it",
    ]


async def test_doctor_reports_a_subscription_bot_that_is_also_configured_as_a_sender_bot(
    installation: Installation,
) -> None:
    settings = installation.settings
    twice = await found(settings, SENDER_BOT_TOKENS=settings["TELEGRAM_SUBSCRIPTION_BOT_TOKEN"])
    assert "sender 1:bot_twice" in twice


async def test_doctor_reports_an_empty_database_and_a_database_of_another_program(
    installation: Installation, empty_database_url: str
) -> None:
    assert "database:database_empty" in await found(installation.settings, DATABASE_URL=empty_database_url)

    Server(empty_database_url).execute("CREATE TABLE theirs (id integer)")
    assert "database:database_foreign" in await found(installation.settings, DATABASE_URL=empty_database_url)


async def test_reported_problem_keeps_the_time_of_its_first_occurrence(installation: Installation) -> None:
    (first, *_) = await diagnose(installation.settings)
    await installation.sandbox.world.advance(timedelta(hours=3))
    (later, *_) = await diagnose(installation.settings)

    assert first.first_seen is not None
    assert later == first


@pytest.mark.parametrize(
    ("change", "detail"), [("price", "is archived"), ("product", "umbral_"), ("price gone", "does not exist")]
)
async def test_live_check_names_a_plan_that_its_provider_would_refuse(
    installation: Installation, change: str, detail: str
) -> None:
    await demo_data.seed(installation.settings, [("+34600000001", "a session", "one")], 1)
    async with operator(installation.settings) as container:
        await container.sync_prices()("stripe")
        async with container.units()() as uow:
            (plan, *_) = [each for each in await uow.plans.all() if not each.free]
            price = await uow.plans.price_at(plan.id, "stripe")
            assert price is not None
            if change == "price gone":
                price = replace(price, external_price_id="price_gone")
                await uow.plans.save_price(price)
                await uow.commit()
    assert not [each for each in await diagnose(installation.settings) if each.problem.code == "plan_refused"]
    settings = StripeSettings.from_environ(installation.settings)
    assert isinstance(settings, StripeSettings)
    wire = Wire(settings)
    if change == "price":
        await wire.client.v1.prices.update_async(price.external_price_id or "", {"active": False})
    if change == "product":
        await wire.client.v1.products.update_async(f"umbral_{plan.soft_id}", {"active": False})
    await wire.aclose()

    found = [each.problem for each in await diagnose(installation.settings, live=True)]
    (refused,) = [each for each in found if each.code == "plan_refused"]
    assert (refused.subject, refused.facts["provider"]) == (f"plan {plan.soft_id}", "stripe")
    assert detail in refused.facts["detail"]


async def test_live_check_asks_a_provider_about_its_own_price_of_a_plan_in_stars(installation: Installation) -> None:
    await demo_data.seed(installation.settings, [("+34600000001", "a session", "one")], 1)
    async with operator(installation.settings) as container, container.core.units()() as uow:
        (plan, *_) = [each for each in await uow.plans.all() if not each.free]
        await uow.plans.save(replace(plan, price=Money(500, "XTR")))
        own = PlanPaymentPrice(plan_id=plan.id, provider="stripe", external_price_id=None, price=Money(999, "EUR"))
        await uow.plans.save_price(own)
        await uow.commit()

    found = [each.problem for each in await diagnose(installation.settings, live=True)]
    assert (f"plan {plan.soft_id}", "plan_unpriced") in [(each.subject, each.code) for each in found]


async def test_doctor_command_names_settings_and_prints_no_secret(
    installation: Installation, fork_client: ForkClient
) -> None:
    bogus = {"TELEGRAM_SUBSCRIPTION_BOT_TOKEN": "123456:" + "a" * 35, "STRIPE_SECRET_KEY": "sk_test_demoNobodys"}
    await installation.control("PUT", "faults", [{"on": "bot_api", "do": "error", "code": 502, "method": "getMe"}])
    terminal = Terminal({**installation.settings, **bogus, "DATABASE_URL": AWAY}, fork_client)

    said, machine = await terminal.run("doctor"), await terminal.run("doctor", "--json", "--live")

    assert (said.status, machine.status) == (1, 1)
    lines = said.out.splitlines()
    for name in ("TELEGRAM_SUBSCRIPTION_BOT_TOKEN", "SENDER_BOT_TOKENS", "stripe", "DATABASE_URL"):
        assert [line for line in lines if line.startswith(name)], said.out
    assert "Checked: the settings of each process; bots in Telegram: 2; the database" in lines[-1]
    assert "stripe, with its API keys" in lines[-1]
    assert [each for each in json.loads(machine.out)["checked"] if each.startswith("the site at ")]
    findings = {each["about"]: each["problem"] for each in json.loads(machine.out)["findings"]}
    assert findings["address"] == "address_silent"
    assert findings["database"] == "database_away"
    for secret in (*bogus.values(), "hidden", *installation.tokens):
        assert secret not in said.out + said.err + machine.out + machine.err


def test_doctor_names_an_offered_plan_without_an_accessible_chat() -> None:
    vip, talk, own = (samples.plan(opens=opens) for opens in ((VIP,), ("talk",), (PERSONAL,)))
    lines = doctor._of_plans([vip, talk, own], {vip.id: (VIP,), talk.id: ("talk",), own.id: ()})
    assert [line.partition(":")[0] for line in lines] == [f"plan {vip.soft_id}", f"plan {talk.soft_id}"]
    assert "VIP_CHANNEL_ID" in lines[0]
    assert "nobody can enter talk" in lines[1]
