"""Connection of payment methods in the console, with the same questions as in the setup.

Values in the environment take precedence and cannot be changed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from subscriptions.application.catalog.keep_payment_keys import KeepPaymentKeys, key_names
from subscriptions.bootstrap import setting_up
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.payment_answers import Refused, check_payment, cleaned, is_switch, refusal_of
from subscriptions.bootstrap.sealed_settings import (
    SettingsVault,
    connectable,
    is_given,
    names_of,
    read_sealed,
    readers_of,
    with_environment,
)
from subscriptions.bootstrap.settings.core import SettingsError
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.words import Words
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import Enrolment
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.payments.gateway_factory import GatewayFactory, installed_gateways

_PROCESS: Final = "web"
"""Name of the process that serves the console."""
_NOT_OURS: Final = "1:" + "x" * 35
"""Stand-in for a stored setting that this process cannot open, such as the bot's token."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Payment method that can be connected in the console.

    name: display name
    is_switch: True if the method is only switched on and needs no keys
    by_environment: True if the environment sets the method's keys, so that they cannot be changed here
    is_connected: True if the method's keys were entered in the browser
    """

    code: str
    name: str
    enrolment: Enrolment
    is_switch: bool
    by_environment: bool
    is_connected: bool


class PaymentDesk:
    """Service that lists and connects payment methods of an installation whose settings are entered in the browser.

    environ: environment of the process, without stored settings
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        setup: SqlSetup,
        vault: SettingsVault,
        keep: KeepPaymentKeys,
        settings: WebSettings,
    ) -> None:
        self._environ, self._setup, self._vault = environ, setup, vault
        self.keep, self._settings = keep, settings

    async def connections(self) -> Mapping[str, Connection]:
        """Return the payment methods keyed by code, sorted by ease of setup."""
        return self._connections(await self._stored())

    async def connect(self, actor: TelegramId, fields: Mapping[str, str], words: Words) -> None:
        """Check the keys of a payment method at its provider, register a webhook there if possible, and store the keys
        in place of the previous ones.

        fields, words: see `check_payment`; `fields` also names the method

        Raises Refused, and NotAllowed unless the actor is an owner.
        """
        await self.keep.check(actor)
        fields = cleaned(fields, words)
        code, entered = fields.get("method", ""), await self._stored()
        found = self._connections(entered).get(code)
        if found is None or found.by_environment:
            raise Refused(words("page.in_environment" if found else "page.nothing"))
        own = key_names(installed_gateways()[code])
        # A method may need settings of the setup that this process does not read without it, such as the bot's token.
        needed = names_of(_PROCESS, {**self._environ, **dict.fromkeys(found.enrolment.asks, "on")})
        whole = with_environment(self._environ, await read_sealed(self._setup, self._vault, needed.difference(own)))
        # The process that has the bot's token encrypts it for this one once the method is connected (`share`).
        withheld = [
            name for name in needed.difference(own) if not is_given(whole, name) and await self._is_stored(name)
        ]
        whole |= dict.fromkeys(withheld, _NOT_OURS)

        def fits(environ: Mapping[str, str]) -> None:
            self._require_use(code, environ, words)

        try:
            values = await check_payment(
                fields, whole, self._settings.web_base_url, words, fits, asks_provider=not withheld
            )
        except UmbralError as error:
            raise Refused(words("page.silent", detail=error)) from error
        if isinstance(values, Problem):
            raise refusal_of(values, words)
        readers = {name: readers_of(name, {**whole, **values}) for name in values if name in connectable()}
        sealed = {name: (self._vault.seal(name, values[name], each), each) for name, each in readers.items()}
        await self.keep.connect(actor, code, sealed)

    def _require_use(self, code: str, environ: Mapping[str, str], words: Words) -> None:
        """Raise Refused if, with these settings, the processes would ignore the payment method or fail to start."""
        gateways = GatewayFactory(environ, SystemClock())
        if code not in gateways.enabled_names():
            raise Refused(words("page.not_in_order"))
        try:
            self._settings.require_seller(gateways)
        except SettingsError as error:
            raise Refused(words("page.seller_first", names=", ".join(error.problems))) from error

    def _connections(self, stored: Mapping[str, str]) -> Mapping[str, Connection]:
        return {code: self._connection(code, each, stored) for code, each in setting_up.offers().items()}

    def _connection(self, code: str, enrolment: Enrolment, stored: Mapping[str, str]) -> Connection:
        return Connection(
            code=code,
            name=setting_up.provider_name(code),
            enrolment=enrolment,
            is_switch=is_switch(enrolment),
            by_environment=any(is_given(self._environ, name) for name in enrolment.asks),
            is_connected=all(name in stored for name in enrolment.asks),
        )

    async def _is_stored(self, name: str) -> bool:
        return name in await self._setup.sealed()

    async def _stored(self) -> Mapping[str, str]:
        return await read_sealed(self._setup, self._vault, connectable())
