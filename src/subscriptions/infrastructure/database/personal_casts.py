"""Where what is said to many speaks of people; a part of `personal_tables`."""

from typing import Final

from subscriptions.infrastructure.database import personal_data as own
from subscriptions.infrastructure.database.personal_data import Fate, Held

CASTS: Final = (
    Held(
        table="broadcast_deliveries",
        whose=own.OWN,
        content="message_id others",
        technical="broadcast_id customer_id status failed revision sending_since",
        fate=Fate.DELETE,
    ),
    Held(
        table="broadcasts",
        whose=f"author = {own.PERSON}",
        identity="author",
        content="content key",
        technical="id audience status revision starts_at begun_at ended_at card created_at",
        fate=Fate.BLANK,
        # What is on its way is copied from their chat, and blanked once it has arrived (`FORGET_LATE_CASTS`).
        touched=f"(author = {own.PERSON} AND status NOT IN ('scheduled', 'sending'))",
        blank={
            "author": "NULL",
            "key": "'erased:' || id",
            "content": "CASE WHEN content #> '{data,source,chat}' IS NULL THEN content"
            " ELSE jsonb_set(content, '{data,source,chat}', '0') END",
        },
        why="what the operator said to many, and whom it reached",
    ),
)
