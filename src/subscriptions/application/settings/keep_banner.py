"""Use cases that read, store and remove the picture at the top of the landing page."""

from dataclasses import dataclass
from typing import Final

from subscriptions.application.people.staff_desk import OwnExecution, StaffDesk, acts
from subscriptions.domain.entities.site_picture import BANNER, PictureFacts, SitePicture
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.picture_rules import check_picture
from subscriptions.domain.services.staff_policy import StaffAction

_SUBJECT: Final = "BANNER"


@dataclass(frozen=True)
class ReadBanner:
    """Use case that reads the picture for visitors and for staff."""

    units: UnitOfWorkFactory

    async def __call__(self) -> SitePicture | None:
        """Return the stored picture; None if there is none. Raises RetryLater."""
        async with self.units() as uow:
            return await uow.site_pictures.get(BANNER)

    async def facts(self) -> PictureFacts | None:
        """Return the metadata of the stored picture; None if there is none. Raises RetryLater."""
        async with self.units() as uow:
            return await uow.site_pictures.facts(BANNER)


@dataclass(frozen=True)
class KeepBanner:
    """Use case for staff who may change settings: store and remove the picture. Every change is recorded in the audit
    log.
    """

    units: UnitOfWorkFactory
    clock: Clock
    staff_desk: StaffDesk

    @acts(StaffAction.CHANGE_SETTINGS)
    async def store(self, execution: OwnExecution, content: bytes) -> PictureFacts:
        """Store a picture and replace the earlier one. Raises NotAllowed, and PictureRefused for an
        unsuitable picture.
        """
        kept, facts = check_picture(content)
        old_facts = await execution.uow.site_pictures.facts(BANNER)
        await execution.uow.site_pictures.save(
            SitePicture(name=BANNER, facts=facts, content=kept, changed_at=execution.at)
        )
        await _note(execution, "setting.changed", old_facts, facts)
        return facts

    @acts(StaffAction.CHANGE_SETTINGS)
    async def remove(self, execution: OwnExecution) -> bool:
        """Remove the picture. Return False if there is none. Raises NotAllowed if the role does not permit changing
        settings.
        """
        old_facts = await execution.uow.site_pictures.facts(BANNER)
        if old_facts is not None:
            await execution.uow.site_pictures.remove(BANNER)
            await _note(execution, "setting.restored", old_facts, None)
        return old_facts is not None


async def _note(execution: OwnExecution, action: str, old: PictureFacts | None, new: PictureFacts | None) -> None:
    await execution.note(_SUBJECT, "", action=action, setting=_SUBJECT, before=_text(old), after=_text(new))


def _text(facts: PictureFacts | None) -> str:
    return f"{facts.width} × {facts.height}, {facts.size} B" if facts is not None else ""
