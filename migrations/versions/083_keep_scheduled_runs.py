"""Store the last run of scheduled work in its own table, and copy the values of two variables.

The variables remain: processes of the previous version use them until the last of them has stopped.
"""

from alembic import op

revision = "083_keep_scheduled_runs"
down_revision = "082_reserve_promotions"

# The variable holds a date in an unknown time zone. Convert it to a timestamp after that morning and before the next
# one: 18:59 UTC satisfies both from almost ten hours behind UTC to fourteen ahead. Farther behind, a digest is due once
# more, under the key that prevents a second delivery.
_OVER = (
    """
    INSERT INTO scheduled_runs (name, subject, ran_at)
    SELECT work.name, '', (value::date + TIME '18:59') AT TIME ZONE 'UTC'
    FROM variables, (VALUES ('news_daily'), ('news_weekly')) AS work (name)
    WHERE variables.name = 'news_day'
    """,
    """
    INSERT INTO scheduled_runs (name, subject, ran_at)
    SELECT 'check_webhooks', split_part(name, ':', 2), value::timestamptz
    FROM variables
    WHERE name LIKE 'webhooks\\_checked:%'
    """,
)
_BACK = """
    INSERT INTO variables (name, value, updated_at)
    SELECT CASE name WHEN 'news_daily' THEN 'news_day' ELSE 'webhooks_checked:' || subject END,
        CASE name
            WHEN 'news_daily' THEN to_char(ran_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
            ELSE to_char(ran_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
        END,
        now()
    FROM scheduled_runs
    WHERE name IN ('news_daily', 'check_webhooks')
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
"""


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE scheduled_runs (
            name text NOT NULL,
            subject text NOT NULL,
            ran_at timestamp with time zone NOT NULL,
            CONSTRAINT pk_scheduled_runs PRIMARY KEY (name, subject)
        )
        """
    )
    for statement in _OVER:
        op.execute(statement)


def downgrade() -> None:
    op.execute(_BACK)
    op.execute("DROP TABLE scheduled_runs")
