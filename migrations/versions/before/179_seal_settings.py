"""Store settings entered in the browser encrypted, and allow changes only during the setup of the installation."""

from alembic import op

revision = "179_seal_settings"
down_revision = "178_let_roles_see_gifts"

_REFUSED = "USING ERRCODE = '42501'"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE setup (id integer NOT NULL, code_hash text, code_until timestamptz, tries integer NOT NULL,"
        " visit_hash text, visit_until timestamptz, finished_at timestamptz,"
        " CONSTRAINT pk_setup PRIMARY KEY (id), CONSTRAINT ck_setup_only_one CHECK (id = 1))"
    )
    # An existing installation is already set up.
    op.execute(
        "INSERT INTO setup (id, tries, finished_at) SELECT 1, 0, CASE WHEN EXISTS (SELECT FROM service_plans)"
        " OR EXISTS (SELECT FROM customers) OR EXISTS (SELECT FROM userbot_accounts) THEN now() END"
    )
    op.execute(
        "CREATE TABLE sealed_settings (name text NOT NULL, sealed text NOT NULL, changed_at timestamptz NOT NULL,"
        " CONSTRAINT pk_sealed_settings PRIMARY KEY (name))"
    )
    # The function looks for owners, whom most logins may not read.
    op.execute(
        "CREATE FUNCTION umbral_setup_open() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER"
        " SET search_path = pg_catalog AS $open$ SELECT EXISTS (SELECT FROM public.setup WHERE finished_at IS NULL)"
        " AND NOT EXISTS (SELECT FROM public.customers WHERE staff_role = 'owner') $open$"
    )
    op.execute(
        "CREATE FUNCTION keep_sealed_settings() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $keep$"
        " BEGIN IF NOT public.umbral_setup_open() THEN"
        f" RAISE EXCEPTION 'sealed settings change only while the installation is being set up' {_REFUSED}; END IF;"
        " RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $keep$"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE INSERT OR UPDATE OR DELETE ON sealed_settings"
        " FOR EACH ROW EXECUTE FUNCTION keep_sealed_settings()"
    )
    op.execute(
        "CREATE FUNCTION keep_setup() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $keep$"
        f" BEGIN IF OLD.finished_at IS NOT NULL THEN RAISE EXCEPTION 'the setup is finished for good' {_REFUSED};"
        " END IF; RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END; END $keep$"
    )
    op.execute("CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON setup FOR EACH ROW EXECUTE FUNCTION keep_setup()")


def downgrade() -> None:
    op.execute("DROP TABLE sealed_settings")
    op.execute("DROP TABLE setup")
    op.execute("DROP FUNCTION keep_sealed_settings()")
    op.execute("DROP FUNCTION keep_setup()")
    op.execute("DROP FUNCTION umbral_setup_open()")
