"""Settings of the processes that link staff to the web console."""

from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.environment import setting

_PORT: Final = 8001


class ConsoleSettings(CoreSettings):
    """Settings of the URL at which the web process serves the console and to which the bot's links lead."""

    ops_host: str = setting(
        "OPS_HOST",
        "the address to listen on for /metrics, /readyz and the console; customers don't need access to it",
        es="la dirección en la que escucha para /metrics, /readyz y la consola; los clientes no la necesitan",
        default="127.0.0.1",
    )
    ops_port: int = setting(
        "OPS_PORT", "the port of that address", es="el puerto de esa dirección", default=_PORT, ge=0, le=65535
    )

    @property
    def console_url(self) -> str | None:
        """URL of the console; None if it is off."""
        if self.console == "off":
            return None
        return self.console_base_url or (self.web_base_url if self.console == "public" else self._ops_address)

    @property
    def _ops_address(self) -> str:
        """URL of the console at OPS_HOST:OPS_PORT, as seen from the web's machine."""
        host = self.ops_host
        with suppress(ValueError):
            # A server that listens on all addresses also listens on the loopback address.
            host = "127.0.0.1" if ip_address(host).is_unspecified else host
        # Port 0 means any free port, which is not known in advance.
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ops_port or _PORT}"
