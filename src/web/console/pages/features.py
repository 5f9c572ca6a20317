"""Console page of optional features: purpose, state, on/off command, and the obligations that prevent a feature from
being switched off completely.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from subscriptions.application.features import (
    Feature,
    FeatureState,
    FeatureStates,
    dependants,
    needed_first,
    remaining_text,
)
from subscriptions.application.lists.columns import State
from subscriptions.application.menu import MenuSection
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.visit import ROOT, Action, FormFields, Page, Target, Visit

PATH: Final = "/features"
MAY: Final = StaffAction.CHANGE_SETTINGS
SWITCH_ON: Final = "feature_on"
SWITCH_OFF: Final = "feature_off"

STATE: Final = State("status", words="feature_state")
FACTS: Final = ("needs", "remains", "by_others", "touches")
"""Facts on a feature's card, in display order. Empty facts are omitted."""


async def features(visit: Visit) -> Mapping[str, Any]:
    """Show a card for each installed feature, sorted by title, and the packages whose feature was refused and is not
    loaded.
    """
    language = visit.words.language
    states = await visit.use.core.read_states()()
    declared = _declared(visit)
    rows = [
        {
            "id": name,
            "feature": text_for(each.title, language),
            "does": text_for(each.about, language),
            "status": states.states[name].value,
            "needs": _titles(visit, each.needs),
            "first": _needed_first(visit, name, states),
            "remains": remaining_text(each, states.left.get(name, {}), language),
            **_origin(visit, name),
            "is_needed": bool(dependants(name, states.names_on, declared)),
        }
        for name, each in declared.items()
    ]
    rows.sort(key=lambda row: str(row["feature"]).casefold())
    refused = [
        {"name": name, "package": each.package, "reason": each.reason, "remedy": text_for(each.remedy, language)}
        for name, each in sorted(visit.use.core.installed().refused.items())
    ]
    return {"state": STATE, "facts": FACTS, "rows": rows, "offered": _switches, "refused": refused}


def _declared(visit: Visit) -> Mapping[str, Feature]:
    return visit.use.core.installed().features


def _origin(visit: Visit, name: str) -> Mapping[str, str]:
    """Return the author, version and licence of a third-party feature, and the names of what the feature may change;
    empty texts for a feature of the product.
    """
    origin = visit.use.core.installed().origin(name)
    if origin is None:
        return {"by_others": "", "touches": ""}
    facts = (origin.author, origin.version, origin.licence)
    return {"by_others": " · ".join(each for each in facts if each), "touches": ", ".join(origin.touches)}


def _needed_first(visit: Visit, name: str, states: FeatureStates) -> Sequence[tuple[str, str]]:
    """Return the name and title of each feature that must be switched on before the named feature; empty if that
    feature is on.
    """
    if states.states[name] is FeatureState.ON:
        return ()
    return [(each, _titles(visit, [each])) for each in needed_first(name, states.names_on, _declared(visit))]


def _titles(visit: Visit, names: Sequence[str]) -> str:
    return ", ".join(text_for(_declared(visit)[name].title, visit.words.language) for name in names)


def _switches(row: Row) -> Sequence[str]:
    if row["status"] != FeatureState.ON:
        return (SWITCH_ON,)
    return () if row["is_needed"] else (SWITCH_OFF,)


async def _off(visit: Visit, name: str) -> Target | None:
    return await _target(visit, name, on=False)


async def _on(visit: Visit, name: str) -> Target | None:
    return await _target(visit, name, on=True)


async def _target(visit: Visit, name: str, *, on: bool) -> Target | None:
    """Return the target of a command that switches a feature on or off. Return None if the feature is not installed, is
    already in that state, or cannot be switched off because an active feature depends on it.
    """
    declared, states = _declared(visit), await visit.use.core.read_states()()
    if name not in declared or (name in states.names_on) == on:
        return None
    if not on and dependants(name, states.names_on, declared):
        return None
    facts = {"with": _titles(visit, needed_first(name, states.names_on, declared))}
    return Target(name, text_for(declared[name].title, visit.words.language), f"{ROOT}{PATH}", facts)


async def _effect_on(visit: Visit, target: Target, _: FormFields) -> str:
    together = target.facts["with"]
    return visit.words("feature_effect.with", names=together) if together else visit.words("feature_effect.on")


async def _effect_off(visit: Visit, _target: Target, _: FormFields) -> str:
    return visit.words("feature_effect.off")


async def _switch_on(visit: Visit, target: Target, _: FormFields, _operation: UUID) -> str:
    switched = await visit.use.core.switch_feature()(target.id, on=True, actor=str(visit.who))
    return "feature_blocked" if switched.blocked_by else SWITCH_ON


async def _switch_off(visit: Visit, target: Target, _: FormFields, _operation: UUID) -> str:
    switched = await visit.use.core.switch_feature()(target.id, on=False, actor=str(visit.who))
    is_draining = switched.states.states[target.id] is FeatureState.DRAINING
    return "feature_draining" if is_draining else SWITCH_OFF


PAGES: Final = (Page("features", PATH, "features.html", MAY, features, MenuSection.SETTINGS),)
ACTIONS: Final = (
    Action(SWITCH_ON, MAY, _on, _switch_on, effect=_effect_on),
    Action(SWITCH_OFF, MAY, _off, _switch_off, effect=_effect_off),
)
