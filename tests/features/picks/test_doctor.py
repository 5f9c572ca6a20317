"""Texts of tips in the report of `umbral doctor`."""

from __future__ import annotations

from features.picks.use_cases.tip_text import TIP_MESSAGE
from subscriptions.bootstrap.doctor import report_of_database
from subscriptions.bootstrap.operator import operator
from subscriptions.domain.entities.custom_text import CustomText
from tests.fakes import samples
from tests.integration.test_doctor import installation
from tests.support.installation import Installation

__all__ = ["installation"]


async def test_custom_tip_text_that_omits_details_of_the_tip_is_reported(installation: Installation) -> None:
    async with operator(installation.settings) as container, container.core.units()() as uow:
        text = CustomText(language="es", key=f"{TIP_MESSAGE}@vip", text="¡Vamos! {event}", changed_at=samples.NOON)
        await uow.texts.save(text)
        await uow.commit()
    [line] = [each for each in await report_of_database(installation.settings) if each.startswith("texts: ")]
    assert line.startswith("texts: es:record.message@vip does not say {start}, {market}, {selection}, {legs}, {odds},")
