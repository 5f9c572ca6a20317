"""The support desk in chat, console and command line, in each state of the feature (on, draining, off)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.feature import ChatPart
from features.support.commands import AnswerQuestion, ResolveQuestion, WriteCustomer
from features.support.domain.question import Question
from features.support.feature import FEATURE
from features.support.permissions import ANSWER_QUESTIONS
from features.support.ports import QUESTIONS_KEY
from features.support.use_cases.keep_questions import KeepQuestions
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.application.staff.command import is_available
from subscriptions.application.views.see_customers import SeeCustomers
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.schedule import SchedulePart
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import CustomerId, TelegramId
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from tests.fakes.clock import ManualClock
from tests.fakes.selling import selling
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.fakes.units import Units
from tests.integration.bot.conftest import Stage, buttons
from tests.integration.bot.staff import owner
from tests.support.console_visitor import hire, visiting
from tests.support.features import all_but
from tests.support.fork_clients import ForkClient
from tests.support.operator_cli import Terminal
from tests.support.website import running_website

OFF = all_but("support")
REFUSED = "umbral staff: support is off; run `umbral features on support`\n"
CONTACT = "@retador_ayuda"
STATES = [(FeatureState.ON, True), (FeatureState.DRAINING, True), (FeatureState.OFF, False)]


def states(state: FeatureState) -> RunningStates:
    found = installed()
    running = dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state}
    return RunningStates(found, FeatureStates(states=running))


async def newest_of(units: UnitOfWorkFactory, customer_id: CustomerId) -> Question | None:
    async with units() as uow:
        return await uow.of(QUESTIONS_KEY).newest_of(customer_id)


@pytest.fixture
def choices() -> Mapping[str, str]:
    """Return the bot's settings for the chat."""
    return {"SUPPORT_CONTACT": CONTACT, **OFF}


async def test_question_sent_while_the_feature_is_off_is_answered_with_contact_details_and_not_stored(
    stage: Stage,
) -> None:
    async with stage.running():
        olga = (await owner(stage)).phone
        await olga.start()
        await olga.said("Bienvenido")
        ana = await stage.person("Ana")
        await ana.start()
        await ana.said("Bienvenido")
        await ana.send("¿Dónde está mi canal?")
        answer = await ana.said("No he entendido eso")
        assert CONTACT in answer["text"]
        assert "🆘 Ayuda" in buttons(answer)
        await ana.send("quiero cancelar")
        assert "equipo" not in (await ana.said("¿Quieres cancelar?"))["text"]
        await ana.send("/ayuda")
        assert CONTACT in (await ana.said("Esto es lo que puedes hacer aquí"))["text"]
        assert not [each for each in await olga.messages() if "Dónde está mi canal" in each["text"]]
        async with stage.core.units()() as uow:
            customer = await uow.customers.by_telegram_id(TelegramId(ana.id))
        assert customer is not None
        assert await newest_of(stage.core.units(), customer.id) is None


@pytest.mark.parametrize(("state", "is_loaded"), STATES)
def test_support_handlers_and_scheduled_jobs_are_not_loaded_while_the_feature_is_off(
    state: FeatureState, is_loaded: bool
) -> None:
    running = states(state)
    assert bool([part for part in running.parts(ChatPart) if part.customer_messages is not None]) is is_loaded
    assert (
        "watch_questions" in {work.name for part in running.parts(SchedulePart) for work in part.works}
    ) is is_loaded
    assert running.allows(ANSWER_QUESTIONS) is is_loaded
    for command in (AnswerQuestion, ResolveQuestion):
        assert is_available(command, running.state_of(command)) is is_loaded
    assert is_available(WriteCustomer, running.state_of(WriteCustomer)) is (state is FeatureState.ON)


@pytest.mark.parametrize(("state", "is_loaded"), STATES)
async def test_open_question_can_be_answered_from_the_customer_card_unless_the_feature_is_off(
    state: FeatureState, is_loaded: bool
) -> None:
    shop = memory_shop()
    ana = await shop.customer(telegram_id=TelegramId(7000004242))
    await shop.customer(telegram_id=TelegramId(901), staff_role=StaffRole.SUPPORT)
    await KeepQuestions(shop.units, ManualClock()).ask(ana.id, "¿Mi canal?", 7000004242, 1)
    see = SeeCustomers(shop.units, shop.gateways, Staff(shop).desk, shop.policy, states(state).state_of)
    view = await see.card(TelegramId(901), ana.id)
    assert view is not None
    expected = [(AnswerQuestion, True), (ResolveQuestion, False)] if is_loaded else []
    assert [(each.command, each.leads) for each in view.commands] == expected
    assert bool(view.notices) is is_loaded
    assert (WriteCustomer in view.available_commands) is (state is FeatureState.ON)


async def test_console_hides_support_while_off_and_shows_only_open_questions_while_draining(
    units: Units, database_url: str
) -> None:
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    customer = sale.customer
    async with running_website(database_url, **OFF) as website:
        await hire(website, StaffRole.OWNER)
        async with visiting(website) as visitor:
            await visitor.enter()
            assert "/questions" not in await visitor.menu()
            for path in ("/questions", "/questions.csv", f"/do/write/{customer.id}"):
                await visitor.page(path, 404)
            assert "/do/write/" not in await visitor.page(f"/customers/{customer.id}")
            assert "SAVED_REPLIES" not in await visitor.page("/settings")

    await KeepQuestions(units, ManualClock()).ask(customer.id, "¿Dónde está mi canal?", customer.telegram_id, 1)
    question = await newest_of(units, customer.id)
    assert question is not None
    async with running_website(database_url, **OFF) as website:
        assert website.container.core.features().now.left["support"] == {"open questions": 1}
        async with visiting(website) as visitor:
            await visitor.enter()
            assert "¿Dónde está mi canal?" in await visitor.page("/questions")
            assert "¿Dónde está mi canal?" in await visitor.page(f"/questions/{question.id}")
            assert "¿Dónde está mi canal?" in await visitor.page(f"/do/answer_question/{question.id}")
            assert f"/questions/{question.id}" in await visitor.page(f"/customers/{customer.id}")
            assert "/do/write/" not in await visitor.page(f"/customers/{customer.id}")
            await visitor.do("answer_question", question.id, answer="Abre /estado")
            await visitor.do("settle_question", question.id)


async def test_new_messages_are_refused_while_off_or_draining_and_open_questions_can_be_closed(
    units: Units, database_url: str, fork_client: ForkClient
) -> None:
    terminal = Terminal({"DATABASE_URL": database_url, **OFF}, fork_client)
    async with units() as uow:
        sale = await selling(uow)
        await uow.commit()
    customer = sale.customer
    write = ("staff", "write", str(customer.telegram_id), "--message", "Hola")
    refused = await terminal.run(*write)
    assert (refused.status, refused.err) == (1, REFUSED)

    await KeepQuestions(units, ManualClock()).ask(customer.id, "¿Hola?", customer.telegram_id, 1)
    question = await newest_of(units, customer.id)
    assert question is not None
    listed = json.loads((await terminal.run("features", "list", "--json")).out)
    [found] = [each for each in listed if each["name"] == FEATURE.name]
    assert found == {"name": "support", "state": "draining", "left": {"open questions": 1}}
    refused = await terminal.run(*write)
    assert (refused.status, refused.err) == (1, REFUSED)
    answered = await terminal.run("staff", "answer-question", str(question.id), "--answer", "Abre /estado")
    assert answered.status == 0
    assert (await terminal.run("staff", "settle-question", str(question.id))).status == 0
