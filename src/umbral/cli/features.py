"""The command `umbral features`, which lists optional features and switches them on or off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from subscriptions.application.features import Feature, FeatureState, closure, remaining_text
from umbral.terminal.listing import show, show_json
from umbral.terminal.operating import fail, operate
from umbral.terminal.options import Json, application

if TYPE_CHECKING:
    from subscriptions.application.settings.switch_feature import Switched
    from subscriptions.bootstrap.operator import OperatorContainer

app = application("Optional features: which are on, and what's left of those that are off.", lists=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, as in `umbral features list`.")]
ACTOR = "shell"
_ENGLISH = "en"
BROKEN = "broken"
"""State shown for a feature that is not loaded because its package is faulty."""


@app.callback()
def features(context: typer.Context) -> int:
    """List the features if no action is given."""
    return list_features() if context.invoked_subcommand is None else 0


@app.command("list")
def list_features(as_json: Json = False) -> int:
    """List every feature with its state (on, off, or draining), and the remaining rows of a draining one."""

    async def work(container: OperatorContainer) -> int:
        states = container.core.features().now
        declared, refused = container.core.installed().features, sorted(container.core.installed().refused.items())
        rows = [(name, states.states[name], states.left.get(name, {})) for name in sorted(declared)]
        if as_json:
            found = [{"name": name, "state": state, "left": left} for name, state, left in rows]
            show_json(
                [*found, *({"name": name, "state": BROKEN, "left": {}, **asdict(each)} for name, each in refused)]
            )
        else:
            show(
                ("NAME", "STATE", "LEFT", "COMMANDS", "DESCRIPTION"),
                [
                    (
                        name,
                        state,
                        remaining_text(declared[name], left, _ENGLISH),
                        ", ".join(declared[name].commands),
                        declared[name].about,
                    )
                    for name, state, left in rows
                ]
                + [
                    (name, BROKEN, "", "", f"{each.package} is left out: {each.reason}. {each.remedy}")
                    for name, each in refused
                ],
            )
        return 0

    return operate("features", work)


@app.command()
def on(name: Name) -> int:
    """Switch a feature on, with the features it needs. Running processes apply it within 30 seconds."""
    return _switch(name, on=True)


@app.command()
def off(name: Name) -> int:
    """Switch a feature off. Existing purchases that use it are served until they end (it drains); nothing new
    begins.
    """
    return _switch(name, on=False)


def _switch(name: str, *, on: bool) -> int:
    async def work(container: OperatorContainer) -> int:
        switched = await container.core.switch_feature()(name, on=on, actor=ACTOR)
        if switched.blocked_by:
            return fail("features", _blocked(container, name, switched.blocked_by))
        print(_sentence(container.core.installed().features[name], switched))
        return 0

    return operate("features", work)


def _blocked(container: OperatorContainer, name: str, blocked_by: Mapping[str, str]) -> str:
    """Return the message that names the setting that keeps a feature off: its own, or that of a feature it needs."""
    settings = ", ".join(f"{setting}={value}" for setting, value in blocked_by.items())
    declared = container.core.installed().features
    needed = [each for each in closure([name], declared) - {name} if declared[each].own_setting in blocked_by]
    if needed:
        return f"{name} needs {', '.join(needed)}: switch {needed[0]} on first; change {settings}"
    return f"{name} stays off because {settings} switches it off; change that setting"


def _sentence(declared: Feature, switched: Switched) -> str:
    name = declared.name
    state, left = switched.states.states.get(name, FeatureState.OFF), switched.states.left.get(name, {})
    others = [each for each in switched.names if each != name]
    if not switched.names:
        return f"{name} is {'on' if state is FeatureState.ON else 'off'} already."
    if state is FeatureState.ON:
        return f"{name} is on" + (f", and with it {', '.join(others)}" if others else "") + "."
    if state is FeatureState.DRAINING:
        return f"{name} is off and draining: {remaining_text(declared, left, _ENGLISH)} left."
    return f"{name} is off."
