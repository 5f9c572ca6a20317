"""Screens about personal data for the contact sheet: the export, and the erasure after two confirmations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import name_of
from bot.screens import Screen, mydata, notices
from bot.texts import Texts
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.application.expiry.erase_person import Forfeit, Obstacle, Prospect
from subscriptions.application.messages.nudge_messages import ErasureHeldUp


def shots(t: Texts) -> Sequence[Shot]:
    """Return all screens about personal data."""
    forfeit = Forfeit(plan=samples.RETABET.name, access_end=samples.NOW, waiting=(samples.WAITING,))
    paid = Prospect(customer=None, given_up=[forfeit])
    stopped = [
        Shot(f"not deleted yet: {what}", mydata.obstacle(t, what, about, samples.SUPPORT, samples.RETABET.soft_id))
        for what, about in zip(Obstacle, (samples.RETABET.name, "3F45E7F8", "3F45E7F8", "", "", ""), strict=True)
    ]
    return [
        Shot("one's own data", mydata.card(t, "https://retador.example"), f"/{name_of('mis_datos', t.language)}"),
        Shot("the file with them", Screen(t("mydata.file"))),
        Shot("the file, of very much", Screen(f"{t('mydata.file')}\n\n{t('mydata.file_cut')}")),
        Shot("had it lately", mydata.lately(t, samples.NOW)),
        Shot("to have them deleted, first question", mydata.erase(t, paid)),
        Shot("second question", mydata.sure(t, paid)),
        Shot("second question, nothing paid", mydata.sure(t, replace(paid, given_up=()))),
        Shot("deleted", mydata.erasure(t)),
        *stopped,
        Shot("it takes long", notices.render(ErasureHeldUp(waits=True), t.language, samples.SUPPORT)),
    ]
