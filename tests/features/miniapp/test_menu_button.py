"""The bot's menu button, which opens the Mini App while the feature is on."""

from __future__ import annotations

import json

import pytest
from pydantic import SecretStr

from bot.feature import menu_page
from features.miniapp.chat import CHAT
from features.miniapp.feature import FEATURE
from features.miniapp.settings import mini_app_key
from subscriptions.application.features import FeatureState, FeatureStates
from subscriptions.bootstrap.bot import BotContainer
from subscriptions.bootstrap.feature_states import RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.domain.errors import InvalidInput
from tests.integration.bot.conftest import Stage


def with_key(stage: Stage, token: str) -> None:
    """Configure the bot with the Mini App key of a bot token."""
    stage.settings = stage.settings.model_copy(update={"mini_app_key": SecretStr(mini_app_key(token))})
    stage.core.settings.override(stage.settings)


def states(state: FeatureState) -> RunningStates:
    """Return states in which the Mini App has the given state and all other features are on."""
    found = installed()
    return RunningStates(
        found, FeatureStates(states=dict.fromkeys(found.features, FeatureState.ON) | {FEATURE.name: state})
    )


async def test_menu_button_opens_the_mini_app(stage: Stage) -> None:
    with_key(stage, stage.settings.token.get_secret_value())
    async with stage.running():
        ana = await stage.person()
        await ana.start("status")
        await ana.said("Todavía no tienes ninguna suscripción")
        (menu,) = await stage.calls("setChatMenuButton")
    page = {"url": f"{stage.settings.web_base_url}/app"}
    button = json.loads(menu["params"]["menu_button"])
    assert button == {"type": "web_app", "text": "Mi acceso", "web_app": page}


@pytest.mark.parametrize(
    ("state", "is_shown"), [(FeatureState.ON, True), (FeatureState.DRAINING, False), (FeatureState.OFF, False)]
)
async def test_mini_app_is_offered_only_while_the_feature_is_on(
    stage: Stage, state: FeatureState, is_shown: bool
) -> None:
    with_key(stage, stage.settings.token.get_secret_value())
    container = BotContainer(core=stage.core)
    assert CHAT.router is not None
    assert CHAT.sections is not None

    with stage.core.features.override(states(state)):
        router = CHAT.router(container)
        offers = (
            menu_page(container),
            CHAT.sections(container),
            router.message.handlers,
            router.callback_query.handlers,
        )

    assert [bool(each) for each in offers] == [is_shown] * 4


async def test_init_data_signed_with_the_key_of_another_bot_is_refused(stage: Stage) -> None:
    with_key(stage, "987654:another")
    container = BotContainer(core=stage.core)

    with pytest.raises(InvalidInput, match="MINI_APP_KEY"):
        menu_page(container)
