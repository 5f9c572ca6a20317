"""A feature with every extension point, each of which fails while a file names the point."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.support.features import write_feature

NAME: Final = "raffle"
_FILE: Final = "failing"

_FAIL: Final = f'''
from pathlib import Path

def is_failing(point):
    return Path(__file__).with_name("{_FILE}").read_text() == point

def fail(point):
    if is_failing(point):
        raise ZeroDivisionError(point)
'''

MODULES: Final = {
    "failing_point": _FAIL,
    "events": """
from subscriptions.application.routing import on
from subscriptions.domain import events
from umbral_raffle.failing_point import fail
from umbral_raffle.jobs import Call, Draw

def draw(event):
    fail("events")
    return [Draw(), Call()]

EVENTS = (on(events.PaymentReceived, draw), on(events.WebhookStored, draw))
""",
    "jobs": """
from subscriptions.application.dto.job_payload import JobPayload

class Draw(JobPayload):
    name = "core.draw_raffle"

class Call(JobPayload):
    name = "bot.call_raffle"

QUEUED_BY = tuple((process, job.name) for process in ("web", "bot", "console") for job in (Draw, Call))
""",
    "handlers": """
from subscriptions.bootstrap.job_handlers import HandlersPart, handler_of
from umbral_raffle.failing_point import fail
from umbral_raffle.jobs import Draw

async def draw(job):
    fail("handlers")

HANDLERS = HandlersPart({"worker": lambda core: dict([handler_of(Draw, draw)])})
""",
    "schedule": """
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import EVERY_3_S, SchedulePart, Work
from umbral_raffle.failing_point import fail

async def look():
    fail("schedule")

SCHEDULE = SchedulePart((Work("look_at_raffles", "raffles", EVERY_3_S, single(lambda worker: look)),))
""",
    "alarms": """
from subscriptions.application.alarms.alarm_kind import AlarmKind, ByCheck
from umbral_raffle.failing_point import fail

async def is_gone(uow, alarm, now):
    fail("alarms")
    return False

class RaffleStuck(AlarmKind):
    name = "raffle_stuck"
    closes = ByCheck(is_gone)
""",
    "cards": """
from subscriptions.application.views.card_part import CardFacts
from umbral_raffle.failing_point import fail

class RaffleCard:
    kind = "customer"

    async def read(self, uow, subject_id):
        fail("cards")
        return CardFacts()

CARDS = (RaffleCard(),)
""",
    "permissions": """
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.permission import Permission

SEE_RAFFLES = Permission("raffle.see", StaffRole.SUPPORT)
PERMISSIONS = (SEE_RAFFLES,)
""",
    "lists": """
from subscriptions.application.lists.columns import Moment, Sort
from subscriptions.application.lists.list_model import ListModel
from subscriptions.application.menu import MenuSection
from umbral_raffle.failing_point import fail
from umbral_raffle.permissions import SEE_RAFFLES

def commands(row):
    fail("lists")
    return ()

class Written(Moment):
    def written(self, row):
        fail("export")
        return super().written(row)

BY_TIME = Sort("created_at", "customers.created_at")
LISTS = (
    ListModel(
        name="raffles", permission=SEE_RAFFLES, section=MenuSection.OFFER, tables="customers",
        key=("customers.id", "uuid"), columns=(Written("created_at", "customers.created_at", sort=BY_TIME),),
        filters=(), sort=BY_TIME, commands=commands,
    ),
)
""",
    "commands": """
from subscriptions.application.staff.command import Outcome, StaffCommand
from umbral_raffle.failing_point import fail
from umbral_raffle.permissions import SEE_RAFFLES

class DrawRaffle(StaffCommand):
    name, subject, outcomes, permission = "draw_raffle", "customer", ("done",), SEE_RAFFLES

    async def run(self, act):
        fail("command")
        return Outcome(name="done")
""",
    "vetoes": """
from umbral_raffle.failing_point import fail

async def holds(uow, customer_id):
    fail("veto")
    return False

ACCOUNT_TRANSFER = (holds,)
""",
    "cli": """
from subscriptions.application.features import CliPart
from umbral_raffle.failing_point import fail

def raffles() -> int:
    "Show the raffles."
    fail("cli")
    print("no raffles")
    return 0

CLI = CliPart({"raffles": raffles})
""",
    "copies": """
from subscriptions.application.posts.same_copies import SameCopies
from subscriptions.bootstrap.post_copies import CopiesPart
from umbral_raffle.failing_point import fail

class Copies(SameCopies):
    def content(self, pick, channel_id, language=""):
        fail("copies")
        return super().content(pick, channel_id, language)

COPIES = CopiesPart(lambda core: Copies())
""",
    "checks": """
from umbral_raffle.failing_point import fail

SETTINGS_CHECKS = (("bot", lambda settings: fail("checks")),)
""",
    "chat": """
# The look at channels fails at each start.
from aiogram import Router
from aiogram.filters import Command
from bot.feature import ChatPart, PanelPart, StartLink
from bot.panel.visit import Page
from bot.screens import Screen
from bot.status_section import StatusSection
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.job_handlers import handler_of
from umbral_raffle.failing_point import fail, is_failing
from umbral_raffle.jobs import Call
from umbral_raffle.permissions import SEE_RAFFLES

async def call(job):
    fail("chat_job")

class Channels:
    @property
    def chats(self):
        fail("channels")
        return ()

    async def note_standing(self, chat, title, *, sees):
        pass

    async def look(self, bot):
        raise ZeroDivisionError("look")

async def sections(customer, t):
    fail("sections")
    text = "<b>Rifas" if is_failing("section_text") else "a" * 5000 if is_failing("section_length") else ""
    return [StatusSection(order=1, text=text)]

async def receipt_rows(customer, t, newest):
    fail("receipt_rows")
    return []

async def typed_codes(customer, t, typed):
    fail("typed_codes")

def plan_buttons(t, plan):
    fail("plan_buttons")
    return []

async def data_buttons(customer, t):
    fail("data_buttons")
    return []

async def arrive(customer, t, argument):
    fail("arrive")
    return None

def referrer(argument):
    fail("referrer")
    return None

async def is_raffle(message):
    fail("filter")
    return False

async def answer(message):
    fail("handler")

async def page(visit):
    fail("panel")
    return Screen("Rifas")

def router(container):
    router = Router(name="raffle")
    router.message.register(answer, Command("rifa"))
    router.message.register(answer, is_raffle)
    router.callback_query.register(answer, is_raffle)
    return router

CHAT = ChatPart(
    router=router,
    handlers=lambda container: dict([handler_of(Call, call)]),
    channels=lambda container: Channels(),
    sections=lambda container: sections,
    data_buttons=lambda container: data_buttons,
    plan_buttons=plan_buttons,
    typed_codes=lambda container: typed_codes,
    receipt_rows=lambda container: receipt_rows,
    start_links=(StartLink(prefix="raf_", source="raffle", arrive=lambda container: arrive, referrer=referrer),),
    panel=PanelPart(pages={"p.raf": Page(SEE_RAFFLES, page)}),
)
""",
    "web": """
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from umbral_raffle.failing_point import fail
from web.feature import WebPart

async def file(visit):
    fail("file")
    return PlainTextResponse("raffle")

def api(tools):
    router = APIRouter()

    @router.get("/api/v1/raffles")
    async def raffles():
        fail("api")
        return PlainTextResponse("raffles")

    return router

WEB = WebPart(files={"/raffle": file}, api=api, needs={"/api/v1/raffles": None})
""",
}
"""Modules of the feature."""

MODULES_AT_START: Final = {
    "failing_start": """
def fail(*_):
    raise ZeroDivisionError
""",
    "handlers": """
from subscriptions.bootstrap.job_handlers import HandlersPart
from umbral_bingo.failing_start import fail

HANDLERS = HandlersPart(dict.fromkeys(("worker", "bot", "userbot", "web"), fail))
""",
    "schedule": """
from subscriptions.application.schedule.scheduled_work import single
from subscriptions.bootstrap.schedule import EVERY_3_S, SchedulePart, Work
from umbral_bingo.failing_start import fail

SCHEDULE = SchedulePart((Work("look_at_bingo", "bingo", EVERY_3_S, single(fail)),))
""",
    "copies": """
from subscriptions.bootstrap.post_copies import CopiesPart
from umbral_bingo.failing_start import fail

COPIES = CopiesPart(fail)
""",
    "chat": """
from bot.feature import ChatPart, StartLink
from umbral_bingo.failing_start import fail

CHAT = ChatPart(
    router=fail, sections=fail, data_buttons=fail, typed_codes=fail, receipt_rows=fail, handlers=fail, channels=fail,
    openings=fail, start_links=(StartLink(prefix="bin_", arrive=fail),),
)
""",
    "web": """
from umbral_bingo.failing_start import fail
from web.feature import WebPart

WEB = WebPart(api=fail)
""",
}
"""Modules of the feature `bingo`, whose parts all fail to be created when a process starts."""
FAILS_AT_START: Final = ("chat", "copies", "handlers", "schedule: look_at_bingo", "start link: bin_", "web")
"""Parts of `bingo` that an alarm names."""

TEXTS: Final = {
    "console": '[page]\nraffles = "Rifas"\n[did]\nraffle_see = "miró las rifas"\n',
    "chat": """
[commands.draw_raffle]
label = "Rifa"
about = "Sortea."
sure = "¿Sortear?"
do = "Sí"

[commands.draw_raffle.done]
done = "Sorteado."

[commands.choice]
raffle_see = "ver las rifas"
""",
}
"""Texts of the feature by the name of their file."""


_DECLARED: Final = (
    "jobs=frozenset({'core.draw_raffle', 'bot.call_raffle'}), commands={'raffles': phrase('Raffles', 'Rifas')}"
)


class FailingFeature:
    """The feature, installed in a folder of packages."""

    def __init__(self, site: Path) -> None:
        self._folder = site / write_feature(site, NAME, _DECLARED, MODULES)
        for language in ("es", "en"):
            (self._folder / "texts" / language).mkdir(parents=True)
            for name, texts in TEXTS.items():
                (self._folder / "texts" / language / f"{name}.toml").write_text(texts)
        self.fail_at("")

    def fail_at(self, point: str) -> None:
        """Let the feature fail at this point only."""
        (self._folder / _FILE).write_text(point)
