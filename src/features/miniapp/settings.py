"""Setting with the key of the Mini App, for the web process, which serves the page, and for the bot, whose menu button
opens the page.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

from pydantic import SecretStr, field_validator

from subscriptions.infrastructure.environment import EnvironmentSettings, setting

_LABEL: Final = b"WebAppData"
_KEY: Final = re.compile(r"[0-9a-f]{64}")


def mini_app_key(token: str) -> str:
    """Derive the key that authenticates visitors of the Mini App from the bot's token. The token cannot be recovered
    from the key.

    https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
    """
    return hmac.new(_LABEL, token.encode(), sha256).hexdigest()


class MiniAppSettings(EnvironmentSettings):
    """Settings of the Mini App."""

    mini_app_key: SecretStr | None = setting(
        "MINI_APP_KEY",
        "the output of `umbral miniapp`. With it, the bot's menu button opens a page with the customer's"
        " subscriptions; without it, there's no such page",
        es="lo que muestra `umbral miniapp`. Con ello, el botón de menú del bot abre una página con las"
        " suscripciones del cliente; si falta, no hay página",
        default=None,
    )

    @field_validator("mini_app_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and _KEY.fullmatch(key.get_secret_value()) is None:
            raise ValueError("must be what `umbral miniapp` prints, 64 digits of 0-9 a-f")
        return key


SETTINGS: Final = (("bot", MiniAppSettings), ("web", MiniAppSettings))
FROM_TOKEN: Final = (("MINI_APP_KEY", mini_app_key),)
"""Settings that are derived from the bot's token, with the functions that derive them."""
