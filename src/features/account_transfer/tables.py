"""Second accounts, which customers name to recover what they have if they lose the first one.

Transfers are in the core's table `takeovers`: a finished one answers which account a customer had at a timestamp.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Table, UniqueConstraint

from subscriptions.infrastructure.database.rights import Rights
from subscriptions.infrastructure.database.tables.base import metadata, moment, words
from subscriptions.infrastructure.database.tables.people import customers
from subscriptions.infrastructure.database.tables.personal import IDENTITY, OWN, PERSON, TECHNICAL, Fate, person

second_accounts = Table(
    "second_accounts",
    metadata,
    Column("customer_id", ForeignKey(customers.c.id), primary_key=True),
    Column("telegram_id", BigInteger, info=IDENTITY),
    words("code", TECHNICAL, null=True),
    moment("offered_at"),
    moment("proved_at", null=True),
    UniqueConstraint("telegram_id", name="one_customer_per_second_account"),
    UniqueConstraint("code", name="one_account_per_code"),
    info=person(f"({OWN} OR telegram_id = {PERSON})", Fate.DELETE),
)

GRANTS: Final = (("second_accounts", Rights("", "rawd", "rawd", "", "rd")),)
"""Rights of processes by table."""
