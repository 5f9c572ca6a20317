"""First revision of this folder, with the schema of commit 4b0d00a4. It can be neither applied nor reverted."""

from subscriptions.domain.errors import InvalidInput

revision = "139_keep_disputed_parts"
down_revision = None


def upgrade() -> None:
    raise InvalidInput("--to", "a new database is created as of 184_keep_site_pictures or later")


def downgrade() -> None:
    raise InvalidInput("--to", f"this version knows nothing earlier than {revision}")
