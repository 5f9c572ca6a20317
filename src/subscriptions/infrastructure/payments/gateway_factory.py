"""Discovery of the installed payment providers, and creation of the configured gateways.

The factory does not know any provider: each provider is an entry point whose value is a GatewayDescriptor, in this or
another distribution.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from subscriptions.application.feature_failures import contained, made
from subscriptions.application.features import InvalidFeature
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayDescriptor,
    GatewaySettings,
    KnowsLivemode,
    LimitsCapabilities,
    Misconfigured,
    PaymentGateway,
    SettingState,
)
from subscriptions.infrastructure.environment import IN_FILE, from_files

ENTRY_POINTS: Final = "umbral.payment_gateways"
ORDER: Final = "PAYMENT_GATEWAYS"

_CODE = re.compile(r"[a-z0-9_]+\Z")
_PART: Final = "payment gateway"
"""Name of the component in the alarm about a payment provider that fails to load."""

log = logging.getLogger(__name__)


def installed_gateways(entry_points: Iterable[EntryPoint] | None = None) -> dict[str, GatewayDescriptor]:
    """Return every installed provider, keyed by code and sorted by code.

    A provider is logged and left out if its package needs a library that is not installed. If the package fails to load
    for another reason, or the entry point is not a descriptor, the failure is also reported to the owners. Raises
    Misconfigured if two providers have the same code, because it would be unclear which one receives the payments.
    """
    descriptors: dict[str, GatewayDescriptor] = {}
    for entry in sorted(
        _entry_points(tuple(sys.path)) if entry_points is None else entry_points, key=lambda each: each.name
    ):
        for descriptor in made(entry.name, _PART, partial(_descriptor, entry)):
            # The same descriptor appears twice if the distribution was once installed under another name.
            if descriptor is not None and descriptors.setdefault(descriptor.code, descriptor) is not descriptor:
                raise Misconfigured(ENTRY_POINTS, f"two packages bring a gateway {descriptor.code!r}; uninstall one")
    return dict(sorted(descriptors.items()))


def _descriptor(entry: EntryPoint) -> GatewayDescriptor | None:
    """Return the descriptor that an entry point names; None if a library is not installed in this process. Raises
    InvalidFeature if the entry point names anything else.
    """
    try:
        descriptor = entry.load()
    except ImportError as error:
        log.warning("payment gateway %s cannot be imported and is left out: %s", entry.name, error)
        return None
    except SystemExit as error:
        raise InvalidFeature(f"{entry.value} ends the process when it is imported") from error
    if not isinstance(descriptor, GatewayDescriptor) or not _CODE.match(descriptor.code):
        raise InvalidFeature(f"{entry.name} = {entry.value} is no gateway descriptor")
    return descriptor


@cache
def _entry_points(_: tuple[str, ...]) -> Sequence[EntryPoint]:
    """Return the entry points. The result is cached per `sys.path`, because the search reads about a
    hundred packages.
    """
    return tuple(entry_points(group=ENTRY_POINTS))


@dataclass(frozen=True)
class _Reading:
    """Settings of one provider as read from the environment.

    `settings`: None if the provider is not configured or its settings are invalid.
    """

    settings: GatewaySettings | None
    problems: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    present: frozenset[str]


class GatewayFactory:
    """GatewayRegistry of one process. Creating the factory only reads settings; a gateway's library is imported on
    first use.

    A provider with invalid settings is left out and reported by `problems`; the others work. Use the factory from one
    event loop, and close it with `aclose`.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        descriptors: Mapping[str, GatewayDescriptor] | None = None,
        *,
        guard: Callable[[PaymentGateway], PaymentGateway] | None = None,
    ) -> None:
        """Read the settings. `guard`: function that wraps each gateway, for example with a bulkhead."""
        self._clock = clock
        self._guard = guard
        descriptor_map = dict(installed_gateways() if descriptors is None else descriptors)
        self._readings, self._descriptors = dict[str, _Reading](), dict[str, GatewayDescriptor]()
        for code, descriptor in descriptor_map.items():
            with contained(code, _PART, lasts=True):
                reading = _read_provider(descriptor, environ)
                self._descriptors[code] = _limit(descriptor, reading)
                self._readings[code] = reading
        self._codes, order_problems = _in_order(environ.get(ORDER, ""), self._readings)
        self._problems = {
            code: reading.problems for code, reading in self._readings.items() if reading.problems
        } | order_problems
        self._gateways: dict[str, PaymentGateway | None] = {}

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Return every installed provider keyed by code, configured or not, without the capabilities that the settings
        switch off.
        """
        return self._descriptors

    def enabled_names(self) -> tuple[str, ...]:
        """Return the codes of the configured providers, in the order of PAYMENT_GATEWAYS, or sorted if that
        is empty.
        """
        return self._codes

    def problems(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the invalid settings keyed by provider, including codes in PAYMENT_GATEWAYS without a configured
        provider.
        """
        return self._problems

    def settings(self, provider: str) -> Sequence[SettingState]:
        """Return the settings that a provider reads, in the provider's order, with their errors."""
        reading = self._readings.get(provider)
        if reading is None:
            return ()
        wrong = dict(reading.problems)
        return tuple(
            SettingState(name=name, is_given=name in reading.present, problem=wrong.get(name))
            for name in dict.fromkeys([*reading.names, *wrong])
        )

    def livemode(self, provider: str) -> bool | None:
        """Return True if the provider's settings are for real money, False if they are for test mode, or None if the
        mode is unknown.
        """
        settings: object = self._readings[provider].settings if provider in self._readings else None
        return settings.livemode if isinstance(settings, KnowsLivemode) else None

    def get(self, provider: str) -> PaymentGateway | None:
        """Return the gateway, or None if the provider is unknown, not configured or not listed, or its library is not
        installed.
        """
        if provider not in self._codes:
            return None
        if provider not in self._gateways:
            self._gateways[provider] = self._build(self._descriptors[provider])
        return self._gateways[provider]

    async def aclose(self) -> None:
        """Close every created gateway. A second call does nothing."""
        gateways, self._gateways = self._gateways, {}
        failures: list[Exception] = []
        for gateway in gateways.values():
            if gateway is None:
                continue
            try:
                await gateway.aclose()
            # The error of one gateway, which may be a third party's, must not keep the others open.
            except Exception as error:
                failures.append(error)
        if failures:
            raise ExceptionGroup("payment gateways that could not be closed", failures)

    def _build(self, descriptor: GatewayDescriptor) -> PaymentGateway | None:
        try:
            for gateway in made(
                descriptor.code,
                _PART,
                partial(descriptor.load, self._readings[descriptor.code].settings, self._clock),
                passes=(ImportError, UmbralError),
            ):
                return gateway if self._guard is None else self._guard(gateway)
        except ImportError as error:
            log.warning("payment gateway %s: its library is not installed in this process: %s", descriptor.code, error)
        return None


def _limit(descriptor: GatewayDescriptor, reading: _Reading) -> GatewayDescriptor:
    """Return the descriptor without the capabilities that the settings switch off. Offers depend on
    the capabilities.
    """
    settings: object = reading.settings
    if not isinstance(settings, LimitsCapabilities):
        return descriptor
    return replace(descriptor, capabilities=descriptor.capabilities - settings.without)


class _ReadNames(Mapping[str, str]):
    """Empty environment that records the names that are read, to find out which settings a provider has."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.names += [] if name in self.names else [name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _read_provider(descriptor: GatewayDescriptor, environ: Mapping[str, str]) -> _Reading:
    environment = _ReadNames()
    with suppress(Misconfigured):
        descriptor.settings.from_environ(environment)
    # A variable that names a setting's file is not a setting of its own.
    names = tuple(name for name in environment.names if name.removesuffix(IN_FILE) not in {*environment.names} - {name})
    file_values, wrong = from_files(environ, names)
    environ = {**environ, **file_values}
    names_set = frozenset(name for name in names if environ.get(name, "").strip())
    if wrong:
        return _Reading(None, tuple(wrong.items()), names, names_set)
    try:
        return _Reading(descriptor.settings.from_environ(environ), (), names, names_set)
    except Misconfigured as error:
        return _Reading(None, tuple(error.problems), names, names_set)


def _in_order(
    order: str, readings: Mapping[str, _Reading]
) -> tuple[tuple[str, ...], dict[str, tuple[tuple[str, str], ...]]]:
    """Return the active providers in order, and the errors of the setting PAYMENT_GATEWAYS keyed by code."""
    active = [code for code, reading in readings.items() if reading.settings is not None]
    codes = tuple(dict.fromkeys(code.strip() for code in order.split(",") if code.strip()))
    if not codes:
        return tuple(sorted(active)), {}
    problems: dict[str, tuple[tuple[str, str], ...]] = {
        code: ((ORDER, _not_installed(code, ", ".join(readings))),) for code in codes if code not in readings
    }
    problems |= {
        code: ((ORDER, _without_settings(code)),)
        for code in codes
        if code in readings and code not in active and not readings[code].problems
    }
    return tuple(code for code in codes if code in active), problems


def _not_installed(code: str, package: str) -> str:
    return phrase(
        f"lists {code!r}, which is not installed; installed are {package or 'none'}",
        f"nombra «{code}», que no está instalada; están instaladas {package or 'ninguna'}",
        f"nomeia «{code}», que não está instalada; estão instaladas {package or 'nenhuma'}",
    )


def _without_settings(code: str) -> str:
    return phrase(
        f"lists {code!r}, which has no settings; give them or take it off the list",
        f"nombra «{code}», que no tiene ajustes; ponlos o quítala de la lista",
        f"nomeia «{code}», que não tem definições; põe-nas ou tira-a da lista",
    )
