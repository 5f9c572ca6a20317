"""Card of a feature in the panel: the other features that must be switched on first."""

from __future__ import annotations

from bot.panel.data import data
from bot.screens.panel.staff.features import feature
from bot.texts import texts_for
from subscriptions.application.features import FeatureState, needed_first
from tests.support.features import declared

T = texts_for("es")
FEATURES = {
    each.name: each for each in (declared("api"), declared("mcp", needs=("api",)), declared("llm", needs=("mcp",)))
}


def test_feature_card_has_buttons_for_the_dependencies_to_switch_on_first() -> None:
    names = needed_first("llm", [], FEATURES)
    assert names == ["api", "mcp"]

    screen = feature(T, FEATURES["llm"], FeatureState.OFF, {}, first={"api": "API", "mcp": "MCP"})

    assert "Activa antes: API, MCP." in screen.text
    assert screen.markup is not None
    buttons = [(each.text, each.callback_data) for row in screen.markup.inline_keyboard for each in row]
    assert buttons[:3] == [
        ("▶️ Activar API", data("feature.on", "api")),
        ("▶️ Activar MCP", data("feature.on", "mcp")),
        ("▶️ Activar", data("feature.on", "llm")),
    ]


def test_feature_card_lists_no_dependencies_if_all_are_on() -> None:
    assert needed_first("mcp", ["api"], FEATURES) == []
    assert "Activa antes" not in feature(T, FEATURES["mcp"], FeatureState.OFF, {}).text
