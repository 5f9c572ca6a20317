"""Samples of the screens under «📣 Publicar», for the contact sheet of the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from bot.formats import refusal
from bot.screens import Screen
from bot.texts import Texts
from features.broadcasts.commands.parts import IN_CHANNELS
from features.broadcasts.domain import Audience, Broadcast, BroadcastId, BroadcastStatus, Segment
from features.broadcasts.screens import audience_screens, broadcasts
from features.broadcasts.use_cases.progress import Progress
from features.broadcasts.use_cases.see_broadcasts import AudienceSize, BroadcastView, in_chat
from features.broadcasts.web.pages import COLUMNS
from scripts import panel_samples as samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.post import PostButton, PostContent, PostSource
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId
from subscriptions.domain.money import Money

_LINK = ((PostButton("Ver la cuota", "https://example.com"),),)
_SAYS = PostContent(text="Hoy dos picks: Betis – Sevilla, más de 2,5 goles. Salen a las 20:00.", buttons=_LINK)
_ALBUM = PostContent(text="Los dos de hoy", source=PostSource(ChatId(1), (4, 5)))
_MEANT = AudienceSize(all=1250, reachable=1234)
_UNCOPIED = "Bad Request: message can't be copied"
_HALF = Progress(sent=612, blocked=16, failed=2, waiting=620, reasons={"message to copy not found": 2})
_OVER = Progress(
    sent=1229,
    blocked=16,
    failed=2,
    unknown=3,
    reasons={"message to copy not found": 2},
    openings=214,
    uncounted_buttons=1,
)


def _one(**more: object) -> Broadcast:
    made = Broadcast(id=BroadcastId(UUID(int=7)), key="k", content=_SAYS, created_at=samples.NOW)
    return replace(made, **more)


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of a broadcast from its creation to its end."""
    names = {"vip-mensual": samples.VIP.label, "retabet": samples.RETABET.label}
    people = Audience(segment=Segment.ACTIVE, language="es", plan="retabet")
    rooms = Audience(channels=frozenset({"retabet", "vip-mensual"}))
    few = Audience(ends_within=7, tag="vip", source="instagram", chat="tertulia")
    aimed, both = _one(audience=people), [samples.VIP, samples.RETABET]
    at = samples.NOW + timedelta(hours=8)
    over, refused = _one(audience=people, status=BroadcastStatus.DONE), Progress(failed=41, reasons={_UNCOPIED: 41})
    every = [
        BroadcastView(broadcast=_one(status=status), progress=Progress(), author=None) for status in BroadcastStatus
    ]
    every += [BroadcastView(broadcast=over, progress=refused, author=None)]
    return [
        Shot("what was published", broadcasts.broadcast_list(t, every, 1, more=True)),
        Shot("nothing published yet", broadcasts.broadcast_list(t, [], 0, more=False)),
        Shot("a draft", broadcasts.draft(t, _one(), None, names)),
        Shot("for whom", broadcasts.draft(t, aimed, _MEANT, names, t("casts.looked"))),
        *(
            Shot(
                f"for whom, chosen in the console: {each.segment}",
                broadcasts.draft(t, _one(audience=each), _MEANT, {in_chat("tertulia"): "Tertulia"}),
            )
            for each in (
                Audience(segment=Segment.INSIDE, chat="tertulia"),
                Audience(segment=Segment.SPENT, spent=Money(5000, "EUR")),
                Audience(ends_within=7, tag="vip", source="instagram", chat="tertulia", spent=Money(5000, "EUR")),
            )
        ),
        Shot(
            "into channels",
            broadcasts.draft(t, _one(content=_ALBUM, audience=rooms), AudienceSize(all=41, reachable=41), names),
        ),
        Shot(
            "at a time",
            broadcasts.draft(t, _one(audience=people, status=BroadcastStatus.SCHEDULED, starts_at=at), _MEANT, names),
        ),
        Shot("which people", audience_screens.people(t, aimed, people, dict.fromkeys(Segment, _MEANT), names)),
        Shot("changed since it was shown", broadcasts.sure(t, aimed, _MEANT, names, t("casts.changed"))),
        Shot(
            "nobody chosen yet", audience_screens.people(t, _one(), Audience(), dict.fromkeys(Segment, _MEANT), names)
        ),
        Shot("one blocked the bot", broadcasts.draft(t, aimed, AudienceSize(all=2, reachable=1), names)),
        Shot(
            "taken back",
            broadcasts.going(t, _one(audience=people, status=BroadcastStatus.WITHDRAWN), Progress(withdrawn=9)),
        ),
        Shot("limited", audience_screens.people(t, _one(audience=few), few, dict.fromkeys(Segment, _MEANT), names)),
        Shot("whose access ends when", audience_screens.ends(t, aimed)),
        *(
            Shot(f"which {each}", audience_screens.limit(t, aimed, each, [("vip", "vip")]))
            for each in audience_screens.LIMITS
        ),
        *(Shot(f"no {each} yet", audience_screens.limit(t, aimed, each, [])) for each in audience_screens.LIMITS),
        Shot("of which plan", audience_screens.plans(t, aimed, both)),
        Shot(
            "which channels",
            audience_screens.channels(
                t,
                _one(audience=rooms),
                both,
                dict.fromkeys(("retabet", "vip-mensual"), AudienceSize(all=41, reachable=41)),
            ),
        ),
        Shot("really?", broadcasts.sure(t, aimed, _MEANT, names)),
        Shot(
            "really, into channels?", broadcasts.sure(t, _one(audience=rooms), AudienceSize(all=1, reachable=1), names)
        ),
        Shot("begun", broadcasts.under_way(t, aimed)),
        *(
            Shot(
                f"on its way or over: {each}",
                broadcasts.going(t, _one(audience=people, status=each), _OVER if each == "done" else _HALF),
            )
            for each in BroadcastStatus
        ),
        Shot("taken nowhere", broadcasts.going(t, over, refused)),
        Shot(
            "in channels",
            broadcasts.going(
                t,
                _one(audience=rooms, status=BroadcastStatus.DONE),
                Progress(sent=82),
                t("commands.edit_broadcast.done.edited"),
            ),
        ),
        Shot("withdraw?", broadcasts.withdraw(t, aimed)),
        *(
            Shot(f"refused: {field}", broadcasts.limit_refusal(t, InvalidInput(field, "")))
            for field in ("text", "content", "status")
        ),
        Shot(
            "Telegram refuses it",
            broadcasts.draft(t, _one(), None, names, t("casts.refused_by_telegram", reason=refusal(t, _UNCOPIED))),
        ),
        Shot("Telegram is away", broadcasts.draft(t, _one(), None, names, t("casts.away"))),
        Shot("nobody chosen", broadcasts.draft(t, _one(), None, names, t("casts.nobody"))),
        Shot("one more of an album", broadcasts.album(t)),
        Shot(
            "names of segments",
            Screen("\n".join(t(f"commands.choice_of.segment.{each}") for each in (*Segment, IN_CHANNELS))),
        ),
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"broadcasts": _panel}
"""Functions that return sample screens of the panel, which only staff see."""
NAMED: Final[Mapping[str, Mapping[str, str]]] = {"broadcast": {"of": ""}}
"""Sample values for the texts of staff commands, keyed by the kind of subject."""
TABLES: Final = {"broadcasts": COLUMNS}
"""Columns of console tables that are not lists."""
