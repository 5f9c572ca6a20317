"""Panel pages of optional features: the list, and the buttons to switch each feature on or off."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.panel.visit import Page, Stale, Visit
from bot.screens import Screen
from bot.screens.panel.staff import features as screens
from subscriptions.application.features import Feature, FeatureState, FeatureStates, dependants, needed_first
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.staff_policy import StaffAction

FEATURES: Final = "features"


def _declared(visit: Visit) -> Mapping[str, Feature]:
    return visit.use.core.installed().features


async def features(visit: Visit) -> Screen:
    """Show all features."""
    states = await visit.use.core.read_states()()
    return screens.features(visit.t, _declared(visit), states.states)


async def feature(visit: Visit) -> Screen:
    """Show one feature."""
    return _card(visit, await visit.use.core.read_states()())


def _card(visit: Visit, states: FeatureStates, note: str = "") -> Screen:
    declared, name = _declared(visit), visit.part()
    if name not in declared:
        raise Stale("no such feature")
    return screens.feature(
        visit.t,
        declared[name],
        states.states[name],
        states.left.get(name, {}),
        needs=_titles(visit, declared[name].needs),
        first=_needed_first(visit, name, states),
        needed_by=_titles(visit, dependants(name, states.names_on, declared)),
        note=note,
    )


def _needed_first(visit: Visit, name: str, states: FeatureStates) -> Mapping[str, str]:
    """Return the titles of the features that must be switched on before the named feature, keyed by name; empty if that
    feature is on.
    """
    if states.states[name] is FeatureState.ON:
        return {}
    names = needed_first(name, states.names_on, _declared(visit))
    return dict(zip(names, _titles(visit, names), strict=True))


def _titles(visit: Visit, names: Sequence[str]) -> Sequence[str]:
    return [text_for(_declared(visit)[each].title, visit.t.language) for each in names]


async def switch_on(visit: Visit) -> Screen:
    """Switch a feature on, together with the features that it depends on."""
    return await _switch(visit, on=True)


async def switch_off(visit: Visit) -> Screen:
    """Switch a feature off."""
    return await _switch(visit, on=False)


async def _switch(visit: Visit, *, on: bool) -> Screen:
    try:
        switched = await visit.use.core.switch_feature()(visit.part(), on=on, actor=str(visit.who))
    except InvalidInput as error:
        raise Stale("the feature is gone, or another one needs it now") from error
    state = switched.states.states[visit.part()]
    word = "blocked" if switched.blocked_by else str(state)
    return _card(visit, switched.states, visit.t(f"features.done.{word}"))


PAGES: Final[Mapping[str, Page]] = {
    FEATURES: Page(StaffAction.CHANGE_SETTINGS, features),
    "feature": Page(StaffAction.CHANGE_SETTINGS, feature),
    "feature.on": Page(StaffAction.CHANGE_SETTINGS, switch_on),
    "feature.off": Page(StaffAction.CHANGE_SETTINGS, switch_off),
}
