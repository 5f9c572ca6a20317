"""Tables of settings changed by the operator at run time, of settings entered in the browser during the initial setup,
and of the payment providers' credentials entered in the console.
"""

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text

from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.personal import OURS

custom_settings = Table(
    "custom_settings",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("value", OURS),
    moment("changed_at"),
)

# `readers` names the processes that read the value, separated by spaces. Policies show a row to their logins only, and
# to those of the worker, which makes backups, and of the console (migration `201_seal_for_processes`).
# Triggers allow changes only while the setup is open (migration `seal_settings`). All times are the database's own.
sealed_settings = Table(
    "sealed_settings",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("sealed", OURS),
    Column("readers", Text, nullable=False, server_default="", info=OURS),
    moment("changed_at"),
)
# A trigger sets the time of each change (migration `keep_payment_keys`).
payment_keys = Table(
    "payment_keys",
    metadata,
    Column("name", Text, primary_key=True, info=OURS),
    words("sealed", OURS),
    Column("readers", Text, nullable=False, server_default="", info=OURS),
    moment("changed_at"),
)
setup = Table(
    "setup",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    words("code_hash", OURS, null=True),
    moment("code_until", null=True),
    Column("tries", Integer, nullable=False, info=OURS),
    words("visit_hash", OURS, null=True),
    moment("visit_until", null=True),
    moment("finished_at", null=True),
    CheckConstraint("id = 1", name="only_one"),
)
