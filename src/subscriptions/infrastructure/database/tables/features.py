"""Table of the features loaded by each process."""

from sqlalchemy import Column, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import OURS

# `seen_at` is the database's own time, because only real time shows which process is still running.
process_features = Table(
    "process_features",
    metadata,
    Column("owner", Text, primary_key=True, info=OURS),
    words("process", OURS),
    words("features", OURS),
    moment("seen_at"),
)
