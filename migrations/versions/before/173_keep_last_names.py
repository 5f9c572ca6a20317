"""Add last names, and a normalised search text of names, username and Telegram id.

A trigger writes the search text, so that it is also written for processes of the previous version.
"""

from alembic import op

from subscriptions.infrastructure.database.trigrams import provide_trigrams

revision = "173_keep_last_names"
down_revision = "172_keep_seen_pauses"

# Characters that NFKD does not decompose. Both strings have the same length.
_FROM, _TO = "øłđıßœæþð", "oldisoatd"


def upgrade() -> None:
    provide_trigrams()
    op.execute("ALTER TABLE customers ADD COLUMN last_name TEXT, ADD COLUMN search_name TEXT NOT NULL DEFAULT ''")
    # Without accents, capitals and stylised letters; words separated by one space.
    op.execute(
        "CREATE FUNCTION umbral_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        " SET search_path = pg_catalog AS $fold$ SELECT btrim(regexp_replace(translate(lower(regexp_replace("
        r" normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')), "
        f"'{_FROM}', '{_TO}'), '\\s+', ' ', 'g')) $fold$"
    )
    # The leading space lets LIKE '% word%' match the beginning of every word.
    op.execute(
        "CREATE FUNCTION umbral_search_name(first_name text, last_name text, username text, telegram_id bigint)"
        " RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $name$"
        " SELECT ' ' || public.umbral_fold(concat_ws(' ', $1, $2, $3, $4::text)) $name$"
    )
    op.execute(
        "CREATE FUNCTION name_customer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $name$ BEGIN"
        " NEW.search_name := public.umbral_search_name(NEW.first_name, NEW.last_name, NEW.username, NEW.telegram_id);"
        " RETURN NEW; END $name$"
    )
    op.execute(
        "CREATE TRIGGER named BEFORE INSERT OR UPDATE OF first_name, last_name, username, telegram_id, search_name"
        " ON customers FOR EACH ROW EXECUTE FUNCTION name_customer()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER named ON customers")
    op.execute("DROP FUNCTION name_customer()")
    op.execute("DROP FUNCTION umbral_search_name(text, text, text, bigint)")
    op.execute("DROP FUNCTION umbral_fold(text)")
    # The extension stays, because other schemas may use it.
    op.execute("ALTER TABLE customers DROP COLUMN last_name, DROP COLUMN search_name")
