"""Allow any list of entitlements per plan, and convert `access` to such a list.

Processes of the previous version still write only `access` and set up the VIP channel without naming its resource: two
triggers keep the new tables in sync.
"""

from alembic import op

revision = "090_open_resources"
down_revision = "096_keep_agreed_prices"

_ROLES = """
CREATE OR REPLACE VIEW customer_roles AS
SELECT customers.id AS customer_id, customers.telegram_id, CASE WHEN EXISTS (
    SELECT 1 FROM subscriptions JOIN service_plans ON service_plans.id = subscriptions.plan_id
    WHERE subscriptions.customer_id = customers.id AND {opens_vip}
        AND subscriptions.status IN ('trialing', 'active', 'past_due', 'canceled')
        AND coalesce(subscriptions.paused_for, '') = ''
) THEN 'vip' ELSE 'free' END AS role
FROM customers
"""
_BY_LIST = (
    "service_plans.id IN (SELECT plan_id FROM plan_resources JOIN resources ON resources.id = resource_id"
    " WHERE soft_id = 'vip')"
)

UPGRADE = (
    "CREATE TABLE resources (id uuid NOT NULL, soft_id text NOT NULL, kind text NOT NULL, title text NOT NULL,"
    " entry text NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz,"
    " CONSTRAINT pk_resources PRIMARY KEY (id),"
    " CONSTRAINT one_resource_per_soft_id UNIQUE (soft_id),"
    " CONSTRAINT ck_resources_entry_known CHECK (entry IN ('request', 'ritual', 'direct')),"
    " CONSTRAINT ck_resources_status_known CHECK (status IN ('active', 'retired')),"
    " CONSTRAINT ck_resources_soft_id_is_a_slug CHECK (soft_id ~ '^[a-z0-9-]{1,40}$'))",
    "CREATE UNIQUE INDEX one_resource_with_the_ritual ON resources (entry) WHERE entry = 'ritual'",
    "CREATE TABLE plan_resources (plan_id uuid NOT NULL, resource_id uuid NOT NULL, position integer NOT NULL,"
    " CONSTRAINT pk_plan_resources PRIMARY KEY (plan_id, resource_id),"
    " CONSTRAINT fk_plan_resources_plan_id FOREIGN KEY (plan_id) REFERENCES service_plans (id) ON DELETE CASCADE,"
    " CONSTRAINT fk_plan_resources_resource_id FOREIGN KEY (resource_id) REFERENCES resources (id))",
    "CREATE INDEX ix_plan_resources_resource_id ON plan_resources (resource_id)",
    "INSERT INTO resources (id, soft_id, kind, title, entry, status, created_at) VALUES"
    " ('00000000-0000-4000-8000-000000000001', 'personal', 'personal_channel', 'personal', 'direct', 'active', now()),"
    " ('00000000-0000-4000-8000-000000000002', 'vip', 'shared_channel', coalesce((SELECT title FROM"
    " telegram_channels WHERE kind = 'vip' AND status <> 'deleted'), 'VIP'), 'ritual', 'active', now())",
    "ALTER TABLE telegram_channels ADD COLUMN resource_id uuid"
    " CONSTRAINT fk_telegram_channels_resource_id REFERENCES resources (id)",
    "UPDATE telegram_channels SET resource_id = '00000000-0000-4000-8000-000000000002' WHERE kind = 'vip'",
    "CREATE UNIQUE INDEX one_place_per_resource ON telegram_channels (resource_id) WHERE status <> 'deleted'",
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_kind_known",
    "ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_kind_known"
    " CHECK (kind IN ('personal', 'vip', 'shared'))",
    # Derive the list from `access` unless the row has one: rows written by the previous version, and by this upgrade.
    "CREATE FUNCTION umbral_open_by_access() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " DELETE FROM plan_resources WHERE plan_id = NEW.id;"
    " INSERT INTO plan_resources (plan_id, resource_id, position) SELECT NEW.id, id, 0 FROM resources"
    " WHERE soft_id = CASE NEW.access WHEN 'personal_channel' THEN 'personal' ELSE 'vip' END;"
    " RETURN NULL; END $$",
    "CREATE TRIGGER open_new_plan AFTER INSERT ON service_plans FOR EACH ROW EXECUTE FUNCTION umbral_open_by_access()",
    "CREATE TRIGGER open_changed_plan AFTER UPDATE OF access ON service_plans FOR EACH ROW"
    " WHEN (OLD.access IS DISTINCT FROM NEW.access) EXECUTE FUNCTION umbral_open_by_access()",
    "CREATE FUNCTION umbral_place_vip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " NEW.resource_id := (SELECT id FROM resources WHERE entry = 'ritual'); RETURN NEW; END $$",
    "CREATE TRIGGER place_vip BEFORE INSERT ON telegram_channels FOR EACH ROW"
    " WHEN (NEW.kind = 'vip' AND NEW.resource_id IS NULL) EXECUTE FUNCTION umbral_place_vip()",
    "INSERT INTO plan_resources (plan_id, resource_id, position) SELECT p.id, r.id, 0 FROM service_plans p"
    " JOIN resources r ON r.soft_id = CASE p.access WHEN 'personal_channel' THEN 'personal' ELSE 'vip' END",
    _ROLES.format(opens_vip=_BY_LIST),
)

DOWNGRADE = (
    _ROLES.format(opens_vip="service_plans.access = 'vip_channel'"),
    "DROP TRIGGER place_vip ON telegram_channels",
    "DROP FUNCTION umbral_place_vip()",
    "DROP TRIGGER open_changed_plan ON service_plans",
    "DROP TRIGGER open_new_plan ON service_plans",
    "DROP FUNCTION umbral_open_by_access()",
    # The previous version has no other shared chats: delete them with their rights of access.
    "DELETE FROM accesses WHERE channel_id IN (SELECT id FROM telegram_channels WHERE kind = 'shared')",
    "DELETE FROM channel_invites WHERE channel_id IN (SELECT id FROM telegram_channels WHERE kind = 'shared')",
    "DELETE FROM pick_deliveries WHERE channel_id IN (SELECT id FROM telegram_channels WHERE kind = 'shared')",
    "DELETE FROM telegram_channels WHERE kind = 'shared'",
    "ALTER TABLE telegram_channels DROP CONSTRAINT ck_telegram_channels_kind_known",
    "ALTER TABLE telegram_channels ADD CONSTRAINT ck_telegram_channels_kind_known CHECK (kind IN ('personal', 'vip'))",
    "ALTER TABLE telegram_channels DROP COLUMN resource_id",
    "DROP TABLE plan_resources",
    "DROP TABLE resources",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
