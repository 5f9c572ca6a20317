"""Store activation codes as keyed hashes, which can be verified but not redeemed; the bot converts existing codes at
start.

The previous version runs beside this one: the codes that it creates stay readable until then, and it does not
recognise hashed codes. The VIP channel's entry tokens are long enough for a digest without a key, which fits the same
column.
"""

from alembic import op

revision = "045_seal_codes"
down_revision = "044_append_only"


def upgrade() -> None:
    op.execute("ALTER TABLE activation_tokens ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT false")
    op.execute("CREATE INDEX ix_activation_tokens_unsealed ON activation_tokens (id) WHERE NOT sealed")
    op.execute(
        "UPDATE vip_entries SET vip_entry_token = encode(sha256(convert_to(vip_entry_token, 'UTF8')), 'hex')"
        " WHERE vip_entry_token IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE activation_tokens DROP COLUMN sealed")
