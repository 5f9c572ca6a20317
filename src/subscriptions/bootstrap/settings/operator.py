"""Settings that one command of the operator reads, and no process."""

from pydantic import SecretStr

from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class MigrationSettings(EnvironmentSettings):
    """`umbral migrate`. The role that may create tables need not be the processes' own."""

    migration_url: SecretStr | None = setting(
        "DATABASE_MIGRATION_URL", "DATABASE_URL of a role that may create tables", default=None
    )
    database_url: SecretStr | None = setting("DATABASE_URL", "postgresql://user:password@host/database", default=None)


class RekeySettings(CoreSettings):
    """`umbral accounts rekey`."""

    session_key: SecretStr = setting("SESSION_KEY", "the new key, in which the sessions are to be sealed")
    old_session_key: SecretStr | None = setting("OLD_SESSION_KEY", "the key in use", default=None)
