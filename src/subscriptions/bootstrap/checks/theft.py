"""Report of what to look through after the theft of a database password."""

from collections.abc import Mapping

from subscriptions.bootstrap.operator import operator
from subscriptions.infrastructure.database.theft import Findings, look_through


async def report_of_theft(environ: Mapping[str, str]) -> Findings:
    """Return what to look through. Raises SettingsError, and UmbralError if the database does not answer."""
    async with operator(environ) as container:
        return await look_through(container.core.engine())
