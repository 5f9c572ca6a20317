"""Payment methods as shown to owners, with their missing settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from subscriptions.application.people.staff_desk import StaffDesk, reads
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import TELEGRAM_CURRENCY
from subscriptions.domain.ports.payment_gateway import GatewayRegistry, SettingState
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.method_policy import in_order
from subscriptions.domain.services.staff_policy import StaffAction

_OF_TELEGRAM: Final = frozenset({TELEGRAM_CURRENCY})


@dataclass(frozen=True, kw_only=True)
class MethodState:
    """State of an installed payment method.

    label: text of the method's button, keyed by language
    is_configured: True if all settings of the method are present
    is_on: False if staff hid the method
    livemode: True in live mode, False in test mode; None if the method has no test mode
    telegrams: True if the method charges only in Telegram's currency
    """

    code: str
    label: Mapping[str, str]
    is_configured: bool
    is_on: bool
    livemode: bool | None
    settings: tuple[SettingState, ...]
    telegrams: bool = False

    @property
    def sells(self) -> bool:
        """Return True if customers see the method's button."""
        return self.is_configured and self.is_on

    @property
    def is_broken(self) -> bool:
        """Return True if a setting of the method is missing or invalid, so that the method is not offered."""
        return any(item.problem is not None for item in self.settings)


def is_telegrams(gateways: GatewayRegistry, code: str) -> bool:
    """Return True if the method charges only in Telegram's currency."""
    return gateways.descriptors()[code].currencies == _OF_TELEGRAM


@dataclass(frozen=True)
class SeeMethods:
    """Use case that lists payment methods, for owners only."""

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    gateways: GatewayRegistry

    @reads(StaffAction.ARRANGE_METHODS)
    async def all(self, uow: UnitOfWork) -> Sequence[MethodState]:
        """Return every installed method: the configured ones in their order, followed by the others. Raises
        NotAllowed.
        """
        wishes = await uow.payment_methods.all()
        switches = {wish.provider: wish.enabled for wish in wishes}
        codes = in_order(self.gateways.enabled_names(), wishes)
        others = [code for code in self.gateways.descriptors() if code not in codes]
        return [self._state(code, is_on=switches.get(code, True)) for code in (*codes, *others)]

    async def one(self, actor: TelegramId, code: str) -> MethodState | None:
        """Return one method. Return None if it is not installed. Raises NotAllowed."""
        return next((item for item in await self.all(actor) if item.code == code), None)

    def _state(self, code: str, *, is_on: bool) -> MethodState:
        return MethodState(
            code=code,
            label=self.gateways.descriptors()[code].label,
            telegrams=is_telegrams(self.gateways, code),
            is_configured=code in self.gateways.enabled_names(),
            is_on=is_on,
            livemode=self.gateways.livemode(code),
            settings=tuple(self.gateways.settings(code)),
        )
