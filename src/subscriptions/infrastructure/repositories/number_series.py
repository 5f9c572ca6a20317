"""Number series without gaps, for receipts and invoices."""

from sqlalchemy.dialects.postgresql import insert

from subscriptions.infrastructure.database.tables import receipt_series
from subscriptions.infrastructure.repositories.store import Unit


async def next_number(unit: Unit, series: str, year: int) -> int:
    """Assign the next number of a series. The series' row stays locked, and a rollback makes the number available
    again.
    """
    statement = (
        insert(receipt_series)
        .values(series=series, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=["series", "year"], set_={"last_number": receipt_series.c.last_number + 1}
        )
        .returning(receipt_series.c.last_number)
    )
    number: int = (await unit.connection.execute(statement)).scalar_one()
    return number
