"""Periodic loading of settings that were changed in another process."""

from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory


class RefreshSettings:
    """Service that applies changed settings. It runs at startup and every few seconds, so that other code does not have
    to check for changes.
    """

    def __init__(self, units: UnitOfWorkFactory, catalog: SettingCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._stamp: str | None = None

    async def __call__(self) -> None:
        """Load the settings if any of them changed since the last call. Raises RetryLater."""
        async with self._units() as uow:
            stamp = await uow.settings.stamp()
            if stamp == self._stamp:
                return
            settings = await uow.settings.all()
        self._catalog.apply(settings)
        self._stamp = stamp
