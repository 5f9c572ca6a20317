"""Settings of processes that sell, and settings required before real money is charged."""

from collections.abc import Sequence

from subscriptions.bootstrap.settings.core import CoreSettings, SettingsError
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.infrastructure.environment import setting


class SellerSettings(CoreSettings):
    """Settings of the seller's support contact, and the checks that are made before real money is charged."""

    support_contact: str = setting(
        "SUPPORT_CONTACT",
        "where customers find help, e.g. @yoursupport",
        es="dónde encuentran ayuda los clientes, p. ej. @tuayuda",
        topic="shop",
        restarts=("bot",),
        default="",
    )

    def require_seller(self, gateways: GatewayRegistry) -> None:
        """Raise SettingsError if real money would be charged without a named seller and support contact."""
        live = self.sells_for_real(gateways)
        values = {"LEGAL_IDENTITY": self.legal_identity, "SUPPORT_CONTACT": self.support_contact}
        missing_names = [name for name, text in values.items() if not text.strip()]
        if live and missing_names:
            reason = f"{', '.join(live)} would take real money; customers must know who sells and where they find help"
            raise SettingsError(dict.fromkeys(missing_names, f"missing; {reason}"))

    def sells_for_real(self, gateways: GatewayRegistry) -> Sequence[str]:
        """Return the codes of the providers that charge real money; a provider without a test mode counts. Empty if the
        sandbox's clock is used.
        """
        if self.clock_url is not None:
            return ()
        return [code for code in gateways.enabled_names() if gateways.livemode(code) is not False]
