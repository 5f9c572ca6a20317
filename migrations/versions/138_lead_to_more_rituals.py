"""Allow the entry ritual in any shared channel: one row per customer and channel in a new table.

Processes of the previous version still write `vip_entries`, with one row per customer, for the VIP channel only. They
treat a resource with the ritual as one with join requests.
"""

from alembic import op

revision = "138_lead_to_more_rituals"
down_revision = "137_keep_guests"

_PLACE = (
    "CREATE OR REPLACE FUNCTION umbral_place_vip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " NEW.resource_id := (SELECT id FROM resources WHERE soft_id = 'vip'); RETURN NEW; END $$"
)


def upgrade() -> None:
    op.execute(
        "CREATE TABLE ritual_entries (customer_id UUID NOT NULL, resource_id UUID NOT NULL,"
        " vip_entry_stage INTEGER DEFAULT 1, vip_entry_token VARCHAR(64), invite_link_sent_at TIMESTAMP WITH TIME ZONE,"
        " created_at TIMESTAMP WITH TIME ZONE NOT NULL,"
        " CONSTRAINT pk_ritual_entries PRIMARY KEY (customer_id, resource_id),"
        " CONSTRAINT one_ritual_entry_per_token UNIQUE (vip_entry_token),"
        " CONSTRAINT ck_ritual_entries_vip_entry_stage_known CHECK (vip_entry_stage IN (1, 2, 3)),"
        " CONSTRAINT fk_ritual_entries_customer_id FOREIGN KEY (customer_id) REFERENCES customers (id),"
        " CONSTRAINT fk_ritual_entries_resource_id FOREIGN KEY (resource_id) REFERENCES resources (id)"
        " ON DELETE CASCADE)"
    )
    op.execute(
        "CREATE INDEX ix_ritual_entries_under_way ON ritual_entries (resource_id) WHERE vip_entry_stage IS NOT NULL"
    )
    op.execute("DROP INDEX one_resource_with_the_ritual")
    op.execute(_PLACE)


def downgrade() -> None:
    op.execute("UPDATE resources SET entry = 'request' WHERE entry = 'ritual' AND soft_id <> 'vip'")
    op.execute("CREATE UNIQUE INDEX one_resource_with_the_ritual ON resources (entry) WHERE entry = 'ritual'")
    op.execute("DROP TABLE ritual_entries")
