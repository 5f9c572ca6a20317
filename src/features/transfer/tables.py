"""Table of second accounts. Customers name a second account to recover their purchases if they lose the first account.

Transfers are in the core's table `takeovers`, because a completed transfer shows which account a customer had at a
time.
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
"""Database rights of the processes, keyed by table."""
