"""Finds the payment providers that are installed, and builds those that are configured.

It knows none of them: each is an entry point whose value is a GatewayDescriptor, in this distribution or another's.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    GatewayDescriptor,
    GatewaySettings,
    Misconfigured,
    PaymentGateway,
)

ENTRY_POINTS: Final = "umbral.payment_gateways"
ORDER: Final = "PAYMENT_GATEWAYS"

_CODE = re.compile(r"[a-z0-9_]+\Z")

log = logging.getLogger(__name__)


def installed_gateways(found: Iterable[EntryPoint] | None = None) -> dict[str, GatewayDescriptor]:
    """Every installed provider by code, in the order of the codes. One whose package cannot be imported is logged and
    left out. Raises Misconfigured for two with one code, and for an entry point that is no descriptor.
    """
    descriptors: dict[str, GatewayDescriptor] = {}
    for entry in sorted(entry_points(group=ENTRY_POINTS) if found is None else found, key=lambda each: each.name):
        try:
            descriptor = entry.load()
        except ImportError as error:
            log.warning("payment gateway %s cannot be imported and is left out: %s", entry.name, error)
            continue
        if not isinstance(descriptor, GatewayDescriptor) or not _CODE.match(descriptor.code):
            raise Misconfigured(ENTRY_POINTS, f"{entry.name} = {entry.value} is no gateway descriptor")
        if descriptor.code in descriptors:
            raise Misconfigured(ENTRY_POINTS, f"two packages bring a gateway {descriptor.code!r}; uninstall one")
        descriptors[descriptor.code] = descriptor
    return dict(sorted(descriptors.items()))


class GatewayFactory:
    """The GatewayRegistry of one process. Building it reads settings only; a provider's library is imported when its
    gateway is first asked for.

    Raises Misconfigured with every wrong setting of every provider. Use from one event loop; close with `aclose`.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        descriptors: Mapping[str, GatewayDescriptor] | None = None,
    ) -> None:
        self._clock = clock
        self._descriptors = dict(installed_gateways() if descriptors is None else descriptors)
        self._settings = _read_settings(self._descriptors, environ)
        self._enabled = _in_order(environ.get(ORDER, ""), self._descriptors, self._settings)
        self._built: dict[str, PaymentGateway | None] = {}

    def descriptors(self) -> Mapping[str, GatewayDescriptor]:
        """Every installed provider by code, configured or not."""
        return self._descriptors

    def enabled(self) -> tuple[str, ...]:
        """Codes of the configured providers: as PAYMENT_GATEWAYS lists them, else by code."""
        return self._enabled

    def get(self, provider: str) -> PaymentGateway | None:
        """The gateway; None where it is unknown, not configured, not listed, or its library is missing here."""
        if provider not in self._enabled:
            return None
        if provider not in self._built:
            self._built[provider] = self._build(self._descriptors[provider])
        return self._built[provider]

    async def aclose(self) -> None:
        """Close every gateway that was built; a second call does nothing."""
        built, self._built = self._built, {}
        failures: list[Exception] = []
        for gateway in built.values():
            if gateway is None:
                continue
            try:
                await gateway.aclose()
            except Exception as error:  # any gateway's, even a third party's: the others must be closed too
                failures.append(error)
        if failures:
            raise ExceptionGroup("payment gateways that could not be closed", failures)

    def _build(self, descriptor: GatewayDescriptor) -> PaymentGateway | None:
        try:
            return descriptor.load(self._settings[descriptor.code], self._clock)
        except ImportError as error:
            log.warning("payment gateway %s: its library is not installed in this process: %s", descriptor.code, error)
            return None


def _read_settings(
    descriptors: Mapping[str, GatewayDescriptor], environ: Mapping[str, str]
) -> dict[str, GatewaySettings]:
    found: dict[str, GatewaySettings] = {}
    problems: list[tuple[str, str]] = []
    for code, descriptor in descriptors.items():
        try:
            settings = descriptor.settings.from_environ(environ)
        except Misconfigured as error:
            problems += error.problems
            continue
        if settings is not None:
            found[code] = settings
    if problems:
        raise Misconfigured(*problems[0], *problems[1:])
    return found


def _in_order(
    wanted: str, descriptors: Mapping[str, GatewayDescriptor], settings: Mapping[str, GatewaySettings]
) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.strip() for code in wanted.split(",") if code.strip()))
    if not codes:
        return tuple(sorted(settings))
    problems = [
        (ORDER, f"lists {code!r}, which is not installed; installed are {', '.join(descriptors) or 'none'}")
        for code in codes
        if code not in descriptors
    ]
    problems += [
        (ORDER, f"lists {code!r}, which has no settings; give them or take it off the list")
        for code in codes
        if code in descriptors and code not in settings
    ]
    if problems:
        raise Misconfigured(*problems[0], *problems[1:])
    return codes
