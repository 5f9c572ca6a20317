"""Optional features: their declaration and states, and the parts of them that need no framework."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import ClassVar, Final, Protocol

from subscriptions.domain.entities.spoken import Spoken, phrase, text_for
from subscriptions.domain.errors import UmbralError

SETTING: Final = "FEATURES"
"""Setting that lists the features of an installation."""
ALL: Final = "all"
NONE: Final = "none"
DEFAULT_VERTICAL: Final = "tips"
"""Vertical (kind of shop) of an installation that names none. Before the setting VERTICAL existed, tips were the only
vertical.
"""
ALL_VERTICALS: Final = frozenset({"*"})
"""Value of `Feature.default_for` for a feature that is on in every vertical."""
NO_VERTICAL: Final = frozenset[str]()
"""Value of `Feature.default_for` for a feature that is off until it is switched on."""
OTHER_PACKAGE: Final = phrase(
    "Install another version of its package or uninstall it, and send the reason to its author.",
    "Instala otra versión de su paquete o desinstálalo, y envía el motivo a su autor.",
)
"""Advice to the operator about a feature's package that only its author can correct."""
_CHOICE: Final = "FEATURES:"
"""Prefix of the name under which staff's choice to switch a feature on or off is stored; the feature's name follows."""


class FeatureState(StrEnum):
    """State of a feature in an installation: on, off or draining.

    A draining feature is off but still has live rows or waiting jobs: its modules stay loaded to fulfill existing
    obligations, and nothing new begins.
    """

    ON = "on"
    OFF = "off"
    DRAINING = "draining"


@dataclass(frozen=True, kw_only=True)
class LiveRows:
    """Database rows that oblige a feature to continue to work after it was switched off.

    name: label for the number of rows, as a phrase in the languages of staff
    table: name of the table
    condition: SQL condition over the columns of the table
    """

    name: str
    table: str
    condition: str = "true"


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Declaration of an optional feature, as the constant `FEATURE` of its module `feature`.

    needs: names of required features, which are switched on together with the feature
    default_for: verticals (kinds of shop) in which the feature is on unless FEATURES or a stored choice overrides that
    used_when: SQL queries that return a row once the feature has been used. Then it is on by default in every vertical,
        so that no installation loses it when a default or the vertical changes
    own_setting: setting whose value `off` or `0` also switches the feature off. Any other value set by an operator
        switches the feature on by default
    wanted_by: values of settings that have no effect without the feature, keyed by setting. If a setting has this
        value, the feature is on by default
    settings: the core's settings that have an effect only with the feature, in addition to those in its module
        `settings`
    setting_ends_rights: True if switching the feature off by `own_setting` also ends existing rights, so that the
        feature is off at once instead of draining
    commands: commands of `umbral` in the feature's module `cli`, each with its description in the overview of commands
    lasting_links: prefixes of deep links that show the bot's first screen even while the feature is off
    jobs: names of the feature's jobs in the queue
    live_rows: rows that keep the feature draining after it was switched off
    """

    name: str
    title: Spoken
    about: Spoken
    needs: tuple[str, ...] = ()
    default_for: frozenset[str]
    used_when: tuple[str, ...] = ()
    own_setting: str = ""
    wanted_by: Mapping[str, str] = field(default_factory=dict)
    settings: frozenset[str] = frozenset()
    setting_ends_rights: bool = False
    commands: Mapping[str, str] = field(default_factory=dict)
    lasting_links: frozenset[str] = frozenset()
    jobs: frozenset[str] = frozenset()
    live_rows: tuple[LiveRows, ...] = ()


JOBS: Final = phrase("jobs", "tareas")
"""Label for the number of a feature's queued, running and deferred jobs."""
EVENTS: Final = phrase("events", "eventos")
"""Label for the number of events for which the feature's jobs have not been queued yet."""


def remaining_text(declared: Feature, left: Mapping[str, int], language: str) -> str:
    """Return the rows and jobs that prevent a feature from being switched off completely, as a list of counts with
    labels.

    left: counts as in `FeatureStates.left`
    """
    names = {str(name): name for name in (JOBS, EVENTS, *(rows.name for rows in declared.live_rows))}
    return ", ".join(f"{count} {text_for(names.get(name, name), language)}" for name, count in left.items())


class StateOf(Protocol):
    """Function that returns the state of the feature that declares a class."""

    def __call__(self, kind: type) -> FeatureState:
        """Return the state of the feature that declares the class. Return ON for a class of the core or the
        platform.
        """
        ...


def all_on(kind: type) -> FeatureState:
    """Return ON for every class; used as `StateOf` in an installation without features."""
    return FeatureState.ON


class Part(Protocol):
    """Contribution of a feature to a process, declared as the constant of one of the feature's modules.

    `module`: name of the module inside the feature's folder; the constant has the same name in capitals.
    """

    module: ClassVar[str]


Command = Callable[..., int]
"""Function behind a command of `umbral`. Typer reads its annotations, and its result is the exit status. It raises
`UmbralError` to refuse; the error's text is printed after the command's name.
"""


@dataclass(frozen=True)
class CommandGroup:
    """Command of `umbral` with several subcommands, keyed by name. `purpose`: help text of the command."""

    purpose: str
    actions: Mapping[str, Command]


@dataclass(frozen=True)
class CliPart:
    """A feature's commands of `umbral`, keyed by name. `while_draining`: commands that fulfill existing obligations and
    therefore still work while the feature is draining.
    """

    module: ClassVar[str] = "cli"
    commands: Mapping[str, Command | CommandGroup]
    while_draining: frozenset[str] = frozenset()


class InvalidFeature(UmbralError):
    """Error: the declaration of a feature is invalid. The text names the declaration. remedy: what the
    operator can do.
    """

    def __init__(self, text: str, remedy: Spoken = OTHER_PACKAGE) -> None:
        super().__init__(text)
        self.remedy = remedy


@dataclass(frozen=True)
class RefusedFeature:
    """Installed package whose feature is not loaded.

    package: name and version of the distribution
    reason: explanation for the package's author
    remedy: what the operator can do
    """

    package: str
    reason: str
    remedy: Spoken


class CommandRefused(UmbralError):
    """Refusal of a feature's command, with the reason as its text."""


@dataclass(frozen=True, kw_only=True)
class FeatureStates:
    """States of the installed features.

    left: counts of remaining rows and jobs that keep a feature draining, keyed by feature and label; only counts above
        zero
    blocked: features that would be on if their own setting, or the setting of a feature that they need, did not switch
        them off
    """

    states: Mapping[str, FeatureState]
    left: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()

    @property
    def names_on(self) -> list[str]:
        """Return the names of the features that are on."""
        return [name for name, state in self.states.items() if state is FeatureState.ON]

    @cached_property
    def loaded(self) -> Mapping[str, FeatureState]:
        """Return the loaded features, which are on or draining, with their states."""
        return {name: state for name, state in self.states.items() if state is not FeatureState.OFF}

    @cached_property
    def names_loaded(self) -> frozenset[str]:
        """Return the names of the loaded features."""
        return frozenset(self.loaded)


def in_order_of_needs(features: Iterable[Feature]) -> Mapping[str, Feature]:
    """Return the features keyed by name, each after the features that it needs. Raises ValueError if a needed feature
    is missing or features need each other.
    """
    by_name = {each.name: each for each in features}
    for feature in by_name.values():
        for need in feature.needs:
            if need not in by_name:
                raise ValueError(f"the feature {feature.name} needs {need}, which is not installed")
    try:
        order = tuple(TopologicalSorter({name: by_name[name].needs for name in sorted(by_name)}).static_order())
    except CycleError as error:
        raise ValueError(f"features depend on each other in a circle: {' → '.join(error.args[1])}") from error
    return {name: by_name[name] for name in order}


def closure(names: Collection[str], features: Mapping[str, Feature]) -> frozenset[str]:
    """Return the features together with all features that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(features[name].needs)
    return frozenset(found)


def dependants(name: str, names: Collection[str], features: Mapping[str, Feature]) -> list[str]:
    """Return the names in `names` that need a feature, directly or through other features."""
    return sorted(each for each in names if each != name and name in closure([each], features))


def needed_first(name: str, names_on: Collection[str], features: Mapping[str, Feature]) -> list[str]:
    """Return the features that must be switched on before a feature, because it needs them directly or through others.
    Each feature follows those that it needs.

    features: all features, each after those that it needs
    """
    needed = closure([name], features) - {name, *names_on}
    return [each for each in features if each in needed]


def named_by_setting(
    value: str,
    vertical: str,
    features: Mapping[str, Feature],
    broken: Collection[str] = (),
    *,
    in_use: Collection[str] = (),
) -> frozenset[str]:
    """Return the features that the setting FEATURES switches on, with all features that they need.

    value: value of the setting
    broken: names of features that are installed but cannot be used, which are ignored
    in_use: names of features that are in use, which makes them defaults in every vertical

    An empty value means the vertical's defaults; `all` and `none` mean all and no features. Names replace the defaults;
    a list of `-name` entries removes features from the defaults. Raises ValueError for an unknown name, a mixed list,
    and the removal of a feature that a remaining one needs.
    """
    words = value.replace(",", " ").split()
    known = ", ".join(sorted(features)) or "none"
    defaults = frozenset(
        name
        for name, each in features.items()
        if name in in_use or each.default_for == ALL_VERTICALS or vertical in each.default_for
    )
    if not words:
        return closure(defaults, features)
    if len(words) == 1 and words[0] in {ALL, NONE}:
        return frozenset(features) if words[0] == ALL else frozenset()
    removed = [word[1:] for word in words if word.startswith("-")]
    is_removal = bool(removed)
    for word in words:
        if word in {ALL, NONE} or (removed and not word.startswith("-")):
            raise ValueError(
                phrase(
                    f"write `all`, `none`, names alone, or only names with a `-` before each; the names are: {known}",
                    f"escribe `all`, `none`, solo nombres, o solo nombres con un `-` delante; los nombres son: {known}",
                )
            )
    removed = [name for name in removed if name not in broken]
    words = [word for word in words if word.removeprefix("-") not in broken]
    for name in removed or [word for word in words if not word.startswith("-")]:
        if name not in features:
            raise ValueError(
                phrase(
                    f"there's no feature {name!r}; the names are: {known}",
                    f"no hay ninguna función {name!r}; los nombres son: {known}",
                )
            )
    if not is_removal:
        return closure(words, features)
    rest = defaults - {*removed}
    for name in removed:
        if users := dependants(name, rest, features):
            raise ValueError(
                phrase(
                    f"{', '.join(users)} needs {name}: remove it as well, with `-{users[0]}`",
                    f"{', '.join(users)} necesita {name}: quítala también, con `-{users[0]}`",
                )
            )
    return closure(rest, features)


def switched_on(
    features: Mapping[str, Feature],
    setting: str,
    vertical: str,
    choices: Mapping[str, bool],
    off: Collection[str] = (),
    broken: Collection[str] = (),
    *,
    in_use: Collection[str] = (),
) -> frozenset[str]:
    """Return the features that are on.

    setting: value of the setting FEATURES
    choices: stored choices keyed by name, which override the setting
    off: features that their own setting switches off, which overrides everything else and also disables the features
        that need them
    broken, in_use: see `named_by_setting`

    Raises the same errors as `named_by_setting`.
    """
    chosen = {name for name, is_on in choices.items() if is_on and name in features}
    rejected = {name for name, is_on in choices.items() if not is_on}
    named = named_by_setting(setting, vertical, features, broken, in_use=in_use)
    names = closure((named - rejected) | chosen, features)
    return frozenset(name for name in names if not closure([name], features) & {*off})


def choice_name(feature: str) -> str:
    """Return the name of the run-time setting that stores whether staff switched the feature on or off."""
    return f"{_CHOICE}{feature}"


def choices_in(values: Mapping[str, str]) -> Mapping[str, bool]:
    """Return the stored choices, keyed by feature. `values`: stored settings, keyed by name."""
    return {
        name.removeprefix(_CHOICE): value == FeatureState.ON
        for name, value in values.items()
        if name.startswith(_CHOICE)
    }


def is_off_sentence(name: str) -> str:
    """Return the message that a feature is off, with the command that switches it on."""
    return f"{name} is off; run `umbral features on {name}`"
