"""Settings that only operator commands read."""

from pydantic import SecretStr

from subscriptions.bootstrap.settings.blocks import with_blocks
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.keyed import KeyedSettings
from subscriptions.bootstrap.settings.outgoing import OutboxSettings
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class OwnerSettings(EnvironmentSettings):
    """Settings for connections as the owner of the tables, which may be another database role than that of the
    processes.
    """

    migration_url: SecretStr | None = setting(
        "DATABASE_MIGRATION_URL",
        "DATABASE_URL of a role that may create tables",
        es="el DATABASE_URL de un usuario que puede crear tablas",
        default=None,
    )
    database_url: SecretStr | None = setting(
        "DATABASE_URL",
        "postgresql://user:password@host/database",
        es="la dirección de PostgreSQL: postgresql://usuario:clave@servidor:5432/umbral",
        default=None,
    )
    database_direct_url: SecretStr | None = setting(
        "DATABASE_DIRECT_URL",
        "a direct connection to the database, if DATABASE_URL is that of PgBouncer or a similar pooler",
        es="una conexión directa con la base de datos, para esperar trabajos, si DATABASE_URL es la de PgBouncer o"
        " algo parecido",
        default=None,
    )

    @property
    def owner_url(self) -> SecretStr | None:
        """URL for connecting to the database as the owner of the tables. It bypasses a pooler, because the tools need
        session settings that persist between transactions.
        """
        return self.migration_url or self.database_direct_url or self.database_url


class MigrationSettings(OwnerSettings):
    """Settings of `umbral migrate`, which creates the processes' database users."""

    web_url: SecretStr | None = setting(
        "WEB_DATABASE_URL", "DATABASE_URL for the web process only", es="el DATABASE_URL solo de la web", default=None
    )
    worker_url: SecretStr | None = setting(
        "WORKER_DATABASE_URL", "DATABASE_URL for the worker only", es="el DATABASE_URL solo del worker", default=None
    )
    bot_url: SecretStr | None = setting(
        "BOT_DATABASE_URL", "DATABASE_URL for the bot only", es="el DATABASE_URL solo del bot", default=None
    )
    userbot_url: SecretStr | None = setting(
        "USERBOT_DATABASE_URL", "DATABASE_URL for the userbot only", es="el DATABASE_URL solo del userbot", default=None
    )
    console_url: SecretStr | None = setting(
        "CONSOLE_DATABASE_URL",
        "DATABASE_URL for the console only",
        es="el DATABASE_URL solo de la consola",
        default=None,
    )


@with_blocks("operator")
class OperatorSettings(OutboxSettings, KeyedSettings):
    """Settings of commands that use the database."""


class RekeySettings(CoreSettings):
    """Settings of the command `umbral accounts rekey`, which re-encrypts the sessions of userbot accounts."""

    session_key: SecretStr = setting(
        "SESSION_KEY",
        "the new key, which will encrypt the sessions",
        es="la clave que cifra las sesiones de las cuentas; `umbral init` hace una",
    )
    old_session_key: SecretStr | None = setting("OLD_SESSION_KEY", "the key in use", default=None)
