"""When scheduled work was done last stands in rows of its own; what two variables said of it goes over.

The variables stay where they are: processes of the previous version go by them until the last of them is gone.
"""

from alembic import op

revision = "083_keep_scheduled_runs"
down_revision = "082_reserve_promotions"

# The morning of a day, whose zone is not known here, becomes a moment after it and before the next one: 18:59 UTC is
# that from less than ten hours behind UTC to fourteen ahead of it. Farther behind, a line that was told is owed once
# more, under the key that keeps it from being told twice.
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
