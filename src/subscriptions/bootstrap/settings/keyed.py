"""Setting of the permanent key for keyed digests of activation codes and of erased customers."""

from pydantic import SecretStr

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.environment import setting

KEY_LENGTH = 16


class KeyedSettings(CoreSettings):
    """Settings of the processes that need the permanent key: the bot and the operator's commands, which create codes
    and erase customers.
    """

    pick_mark_key: SecretStr | None = setting(
        "PICK_MARK_KEY",
        f"the key of watermarks in picks and of stored codes, at least {KEY_LENGTH} characters; never change it",
        es="la clave de las marcas de los picks y de lo que se guarda de los códigos, 16 caracteres o más; no la"
        " cambies nunca",
        default=None,
        min_length=KEY_LENGTH,
    )
