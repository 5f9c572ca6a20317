"""Create the table of customers, and the functions that build their search text."""

from alembic import op

from subscriptions.infrastructure.database.trigrams import provide_trigrams

revision = "001_create_customers"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE customers (
        id UUID NOT NULL,
        telegram_id BIGINT NOT NULL,
        first_name TEXT NOT NULL,
        username TEXT,
        language TEXT NOT NULL,
        staff_role TEXT,
        terms_version TEXT,
        terms_accepted_at TIMESTAMP WITH TIME ZONE,
        blocked_at TIMESTAMP WITH TIME ZONE,
        source TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        barred_at TIMESTAMP WITH TIME ZONE,
        chosen_language TEXT,
        quiet_at TIMESTAMP WITH TIME ZONE,
        zone TEXT,
        referrer_id UUID,
        referral_payment_id UUID,
        country TEXT,
        partner_id UUID,
        last_name TEXT,
        search_name TEXT DEFAULT '' NOT NULL,
        tags TEXT,
        CONSTRAINT pk_customers PRIMARY KEY (id),
        CONSTRAINT one_customer_per_telegram_user UNIQUE (telegram_id),
        CONSTRAINT fk_customers_referrer_id FOREIGN KEY (referrer_id) REFERENCES customers (id) ON DELETE SET NULL
    ) WITH (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.01)
    """,
    "CREATE INDEX ix_customers_created_at ON customers (created_at, id)",
    "CREATE INDEX ix_customers_partner_id ON customers (partner_id) WHERE partner_id IS NOT NULL",
    "CREATE INDEX ix_customers_referrer_id ON customers (referrer_id) WHERE referrer_id IS NOT NULL",
    "CREATE INDEX ix_customers_search_name ON customers USING gin (search_name gin_trgm_ops)",
    "CREATE INDEX ix_customers_staff_role ON customers (staff_role) WHERE staff_role IS NOT NULL",
    "CREATE INDEX ix_customers_tags ON customers USING gin (string_to_array(tags, ' '))",
    "CREATE INDEX ix_customers_username ON customers (lower(username))",
    (
        "CREATE FUNCTION umbral_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET "
        "search_path = pg_catalog AS $$ SELECT btrim(regexp_replace(translate(lower(regexp_replace( "
        r"normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')), 'øłđıßœæþð', 'oldisoatd'), '\s+', ' ', 'g')) $$"
    ),
    (
        "CREATE FUNCTION umbral_search_name(first_name text, last_name text, username text, telegram_id bigint) "
        "RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $_$ SELECT ' ' || "
        "public.umbral_fold(concat_ws(' ', $1, $2, $3, $4::text)) $_$"
    ),
    (
        "CREATE FUNCTION name_customer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$ "
        "BEGIN NEW.search_name := public.umbral_search_name(NEW.first_name, NEW.last_name, NEW.username, "
        "NEW.telegram_id); RETURN NEW; END $$"
    ),
    """
    CREATE TRIGGER named BEFORE INSERT OR UPDATE OF first_name, last_name, username, telegram_id, search_name ON
        customers FOR EACH ROW EXECUTE FUNCTION name_customer()
    """,
)


def upgrade() -> None:
    provide_trigrams()
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE customers")
    op.execute("DROP FUNCTION name_customer()")
    op.execute("DROP FUNCTION umbral_search_name(text, text, text, bigint)")
    op.execute("DROP FUNCTION umbral_fold(text)")
