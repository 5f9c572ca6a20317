"""What all tables share: the metadata and the kinds of columns."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import CHAR, TIMESTAMP, BigInteger, CheckConstraint, Column, Integer, MetaData, Text, Uuid
from sqlalchemy.schema import SchemaItem

from subscriptions.infrastructure.database.tables.personal import CONTENT, MONEY, TECHNICAL, Info
from subscriptions.infrastructure.database.tables.personal import with_erasure as overwritten

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def key(name: str = "id") -> Column[Any]:
    """A UUID primary key, made by the product."""
    return Column(name, Uuid, primary_key=True)


def words(name: str, holds: Info, *, null: bool = False, erasure: str | None = None) -> Column[Any]:
    """Text without a limit. holds: what it is about people. erasure: the SQL by which an erasure overwrites it."""
    return Column(name, Text, nullable=null, info=_info(holds, erasure))


def moment(name: str, holds: Info = TECHNICAL, *, null: bool = False, erasure: str | None = None) -> Column[Any]:
    """A point in time, with its zone."""
    return Column(name, TIMESTAMP(timezone=True), nullable=null, info=_info(holds, erasure))


def _info(holds: Info, value: str | None) -> Info:
    return holds if value is None else overwritten(holds, value)


def money(field: str, *, negative: bool = False, null: bool = False) -> list[SchemaItem]:
    """The two columns of a `Money` field, and the check on its sign. null: both may be missing, together."""
    columns: list[SchemaItem] = [
        Column(f"{field}_minor", BigInteger, nullable=null, info=MONEY),
        Column(f"{field}_currency", CHAR(3), nullable=null, info=MONEY),
    ]
    if null:
        whole = f"({field}_minor IS NULL) = ({field}_currency IS NULL)"
        columns.append(CheckConstraint(whole, name=f"{field}_whole"))
    return columns if negative else [*columns, CheckConstraint(f"{field}_minor >= 0", name=f"{field}_not_negative")]


def state(
    field: str,
    kind: type[StrEnum],
    holds: Info = TECHNICAL,
    *,
    null: bool = False,
    default: StrEnum | None = None,
) -> list[SchemaItem]:
    """A TEXT column that holds one of `kind`'s values, by a check: new values need no change of type.

    default: the database's own, for rows of who does not know the column.
    """
    return [
        Column(field, Text, nullable=null, server_default=default.value if default is not None else None, info=holds),
        CheckConstraint(f"{field} IN ({literal_list(kind)})", name=f"{field}_known"),
    ]


def delivery(*, doubtful: bool = True) -> list[Column[Any]]:
    """The columns of a `Delivery`. doubtful: of a `RepeatedDelivery`."""
    count = [Column("repeated", Integer, nullable=False)] if doubtful else []
    message = Column("message_id", BigInteger, info=CONTENT)
    return [message, moment("sending_since", null=True), *count, words("failed", TECHNICAL, null=True)]


def literal_list(values: Iterable[str]) -> str:
    """A list of SQL literals, in a fixed order."""
    return ", ".join(f"'{value}'" for value in values)
