"""Screens of optional features for owners."""

from collections.abc import Mapping, Sequence

from bot.keyboards import button
from bot.panel.data import data
from bot.screens import Screen
from bot.screens.panel.frame import pairs, screen
from bot.texts import Texts
from subscriptions.application.features import Feature, FeatureState, remaining_text
from subscriptions.domain.entities.spoken import text_for


def features(t: Texts, declared: Mapping[str, Feature], states: Mapping[str, FeatureState]) -> Screen:
    """Return the list of installed features. Each button shows the feature's state."""
    titles = {name: text_for(each.title, t.language) for name, each in sorted(declared.items())}
    buttons = [
        button(t.plain(f"features.button.{states[name]}", feature=title), data("feature", name))
        for name, title in titles.items()
    ]
    return screen(t, t("features.title"), *pairs(buttons), back_to="settings", deep=True)


def feature(
    t: Texts,
    declared: Feature,
    state: FeatureState,
    left: Mapping[str, int],
    *,
    needs: Sequence[str] = (),
    needed_by: Sequence[str] = (),
    first: Mapping[str, str] | None = None,
    note: str = "",
) -> Screen:
    """Return the card of a feature with the button that switches the feature on or off.

    left: numbers of open obligations that prevent the feature from being switched off completely, keyed by name
    needs: titles of the features that this feature depends on
    needed_by: titles of the features that are on and depend on this feature; if there are any, the card has no button
    first: titles of the features that must be switched on first, keyed by name; each gets a button
    """
    parts = [
        note,
        t("features.card", feature=text_for(declared.title, t.language), state=t.plain(f"features.state.{state}")),
        t("features.about", about=text_for(declared.about, t.language)),
        t("features.needs", names=", ".join(needs)) if needs else "",
        t("features.first", names=", ".join(first.values())) if first else "",
        t("features.needed_by", names=", ".join(needed_by)) if needed_by else "",
        t("features.left", counts=remaining_text(declared, left, t.language)) if left else "",
    ]
    switch = None
    if state is not FeatureState.ON:
        switch = button(t.plain("features.switch_on"), data("feature.on", declared.name))
    elif not needed_by:
        switch = button(t.plain("features.switch_off"), data("feature.off", declared.name))
    others = [
        button(t.plain("features.switch_on_first", feature=title), data("feature.on", name))
        for name, title in (first or {}).items()
    ]
    return screen(t, "\n\n".join(part for part in parts if part), *others, switch, back_to="features", deep=True)
