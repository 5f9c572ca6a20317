"""Test that the survey is sent once, some days after a cancellation."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from umbral_survey.domain import Reason
from umbral_survey.events import note_cancellation
from umbral_survey.jobs import NoteCancellation
from umbral_survey.messages import SurveyMessage
from umbral_survey.use_cases.answer_survey import AnswerSurvey
from umbral_survey.use_cases.send_surveys import SendSurveys

from bot.screens.notices import render
from subscriptions.application.messages.announcement import Sources
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.events import SubscriptionCanceled
from umbral.testing import features

NOW = datetime.now(UTC)
AFTER = timedelta(days=2)


def in_shop(request: pytest.FixtureRequest, check: Callable[[CoreContainer, features.Sale], Awaitable[None]]) -> None:
    """Run a check in a shop whose only customer has cancelled."""

    async def with_cancellation(core: CoreContainer, sale: features.Sale) -> None:
        await become(core, sale, SubscriptionStatus.CANCELED)
        await check(core, sale)

    features.in_shop(request, "survey", with_cancellation)


async def become(core: CoreContainer, sale: features.Sale, status: SubscriptionStatus) -> None:
    """Set the status of the customer's subscription."""
    async with core.units()() as uow:
        subscription = await uow.subscriptions.get(sale.subscription, lock=True)
        assert subscription is not None
        subscription.status = status
        await uow.subscriptions.save(subscription)
        await uow.commit()


def surveys(core: CoreContainer, days: int = 1) -> SendSurveys:
    """Return the use case, configured with the number of days to wait."""
    return SendSurveys(core.units(), core.clock(), lambda: days)


async def queued(core: CoreContainer) -> int:
    """Return the number of queued messages."""
    async with core.engine().connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'bot.announce'"))
        return int(found.scalar_one())


def test_cancellation_enqueues_a_survey_job(request: pytest.FixtureRequest) -> None:
    async def check(core: CoreContainer, sale: features.Sale) -> None:
        event = SubscriptionCanceled(sale.subscription, sale.customer, access_until=NOW, at=NOW)
        assert note_cancellation(event) == [NoteCancellation(customer_id=sale.customer, at=NOW)]

    in_shop(request, check)


def test_customer_is_asked_once_after_the_configured_days(request: pytest.FixtureRequest) -> None:
    async def check(core: CoreContainer, sale: features.Sale) -> None:
        await surveys(core).note(sale.customer, NOW - AFTER)
        assert await surveys(core, days=3)() is False
        assert await queued(core) == 0

        assert await surveys(core)() is True
        await surveys(core).note(sale.customer, NOW)

        assert await surveys(core, days=0)() is False
        assert await queued(core) == 1

    in_shop(request, check)


def test_customer_who_undid_the_cancellation_is_not_asked(request: pytest.FixtureRequest) -> None:
    async def check(core: CoreContainer, sale: features.Sale) -> None:
        await surveys(core).note(sale.customer, NOW - AFTER)
        await become(core, sale, SubscriptionStatus.ACTIVE)
        await surveys(core)()
        assert await queued(core) == 0

        await become(core, sale, SubscriptionStatus.CANCELED)
        await surveys(core).note(sale.customer, NOW - AFTER)
        await surveys(core)()

        assert await queued(core) == 1

    in_shop(request, check)


def test_survey_message_asks_for_the_reason_until_the_customer_answers(request: pytest.FixtureRequest) -> None:
    async def check(core: CoreContainer, sale: features.Sale) -> None:
        async def message() -> SurveyMessage | None:
            async with core.units()() as uow:
                return await SurveyMessage.load(Sources(uow, core.policy(), NOW), sale.customer)

        asked = await message()
        assert asked is not None
        screen = render(asked, "en")
        assert "You've cancelled." in screen.text
        assert [row[0].text for row in screen.markup.inline_keyboard][-1] == "Another reason"

        await AnswerSurvey(core.units(), core.clock())(sale.customer, Reason.PRICE)

        assert await message() is None

    in_shop(request, check)
