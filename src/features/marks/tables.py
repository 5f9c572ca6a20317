"""Table of the original pictures from which watermarked copies of posts are created."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table

from subscriptions.domain.ports.repositories.people import Record
from subscriptions.infrastructure.database.rights import ERASED, later_than
from subscriptions.infrastructure.database.tables.base import metadata, moment
from subscriptions.infrastructure.database.tables.personal import OURS
from subscriptions.infrastructure.database.tables.posts import posts

pick_pictures = Table(
    "pick_pictures",
    metadata,
    Column("pick_id", ForeignKey(posts.c.id), primary_key=True),
    Column("original", LargeBinary, nullable=False, info=OURS),
    moment("created_at"),
    Index("ix_pick_pictures_created_at", "created_at"),
)

GRANTS: Final = (
    (
        "pick_pictures",
        ERASED._replace(web="ra", console="", recorded=later_than("old.created_at", "-179 days")),
    ),
)
"""Database rights of the processes, keyed by table."""
PRUNE: Final = (
    (
        Record.PICTURES,
        "DELETE FROM pick_pictures WHERE pick_id = ANY(ARRAY("
        "SELECT pick_id FROM pick_pictures WHERE created_at < :now - :keep LIMIT :limit))",
    ),
)
"""Statements that delete original pictures at the end of their retention period."""
