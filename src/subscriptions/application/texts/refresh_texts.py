"""Periodic loading of texts that were edited in another process."""

import structlog

from subscriptions.application.dto.languages import is_language
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.texts.text_rules import check_text, model_of
from subscriptions.domain.entities.custom_text import CustomText
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class RefreshTexts:
    """Service that loads edited texts every few seconds, so that the code that builds messages does not have to check
    for changes.
    """

    def __init__(self, units: UnitOfWorkFactory, catalog: TextCatalog) -> None:
        self._units = units
        self._catalog = catalog
        self._stamp: str | None = None

    async def begin(self) -> None:
        """Enable the languages of the operator's texts. A language added later requires a restart, because pages, menus
        and questions are built per language at startup. Raises RetryLater.
        """
        async with self._units() as uow:
            found = {text.language for text in await uow.texts.all()}
        spoken = {language for language in found if is_language(language)}
        if found - spoken:
            # An image contains only some locales (LOCALES, docs/releasing.md).
            log.warning(
                "this installation cannot write dates in a language of the texts", languages=sorted(found - spoken)
            )
        LANGUAGES.speak(spoken)
        await self()

    async def __call__(self) -> None:
        """Load the texts if any of them changed since the last call. Raises RetryLater."""
        async with self._units() as uow:
            stamp = await uow.texts.stamp()
            if stamp == self._stamp:
                return
            texts = await uow.texts.all()
        # Another release may have other facts; a text that cannot be filled in is not used.
        self._catalog.say([text for text in texts if self._fits(text)])
        self._stamp = stamp

    def _fits(self, text: CustomText) -> bool:
        model = model_of(self._catalog, text.id)
        if model is None:
            return False
        try:
            check_text(text.key, model, text.text)
        except Wrong as wrong:
            log.warning("a text of the operator's does not fit any more", text=str(text.id), reason=wrong.key)
            return False
        return True
