"""A feature that uses every extension point. A file names the point at which the feature fails."""

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
        # A failure is logged again only if its type or line is another one.
        raise type(point, (ZeroDivisionError,), {{}})
'''

MODULES: Final = {
    "failing_point": _FAIL,
    "events": """
from subscriptions.application.routing import on
from subscriptions.domain import events
from umbral_raffle.failing_point import fail
from umbral_raffle.jobs import Call, Draw, Pass, note_of

def draw(event):
    fail("events")
    return [Draw(), Call(), Pass()]

def note(event):
    return [note_of(event.customer_id)]

def publish(event):
    fail("webhook_events")

EVENTS = (on(events.PaymentReceived, draw, note), on(events.WebhookStored, draw))
WEBHOOK_EVENTS = (on(events.InviteReady, publish),)
""",
    "jobs": """
from subscriptions.application.dto.job_payload import JobPayload
from subscriptions.application.dto.jobs import Announce

class Draw(JobPayload):
    name = "core.draw_raffle"

class Call(JobPayload):
    name = "bot.call_raffle"

class Pass(JobPayload):
    name = "bot.pass_raffle"

def note_of(customer):
    return Announce(kind="raffle", customer_id=customer, subject=customer, key=str(customer))

QUEUED_BY = tuple((process, job.name) for process in ("web", "bot", "console") for job in (Draw, Call, Pass))
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
    "messages": """
from subscriptions.application.messages.announcement import Announcement
from umbral_raffle.failing_point import is_failing

class RaffleMessage(Announcement, kind="raffle"):
    @classmethod
    async def load(cls, sources, subject):
        return cls() if is_failing("messages") else None
""",
    "repository": """
from umbral_raffle.failing_point import fail

async def store(connection, webhook_events, now):
    fail("publishers")
    return []

PUBLISHERS = (store,)
""",
    "follows_receipts": """
from subscriptions.bootstrap.receipt_followers import ReceiptPart
from umbral_raffle.failing_point import fail

async def follow(uow, receipt):
    fail("receipts")

FOLLOWS_RECEIPTS = ReceiptPart(lambda core: follow)
""",
    "userbot": """
from subscriptions.bootstrap.userbot import UserbotPart
from umbral_raffle.failing_point import fail

async def look(account):
    fail("look_by_account")

USERBOT = UserbotPart(lambda container: look)
""",
    "accounts": """
from umbral_raffle.failing_point import fail

async def find_owner(uow, account):
    fail("owners")

OWNERS = (find_owner,)
""",
    "subjects": """
from dataclasses import dataclass
from subscriptions.application.staff.command import Subject
from subscriptions.application.staff.subject_type import SubjectType, text_schema
from umbral_raffle.failing_point import fail

@dataclass(frozen=True)
class FindTicket:
    async def __call__(self, uow, text):
        fail("subjects")
        return Subject(id=text, name=text)

SUBJECTS = (
    SubjectType(
        kind="ticket", argument="TICKET", help="Ticket.", path="tickets", parameter="ticket", schema=text_schema(40),
        page="/raffles", button="tk", find=FindTicket,
    ),
)
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
from dataclasses import dataclass
from subscriptions.application.staff.command import Outcome, StaffCommand
from umbral_raffle.failing_point import fail
from umbral_raffle.permissions import SEE_RAFFLES

@dataclass(frozen=True)
class Drawn:
    ticket: str = "7"

class DrawRaffle(StaffCommand):
    name, subject, outcomes, permission = "draw_raffle", "customer", ("done",), SEE_RAFFLES

    async def run(self, act):
        fail("command")
        return Outcome(name="done", result=Drawn())

class SeeTicket(StaffCommand):
    name, subject, outcomes, permission = "see_ticket", "ticket", ("done",), SEE_RAFFLES

    async def run(self, act):
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
from bot.feature import ChatPart, PanelPart, StaffMessages, StartLink
from bot.panel.dialogues import begin
from bot.panel.forms import Form, Question
from bot.panel.visit import Page
from bot.screens import Screen
from bot.screens.panel.lists import PanelList
from bot.status_section import StatusSection
from subscriptions.application.menu import MenuSection
from subscriptions.bootstrap.job_handlers import handler_of
from umbral_raffle.commands import Drawn
from umbral_raffle.failing_point import fail, is_failing
from umbral_raffle.jobs import Call, Pass
from umbral_raffle.messages import RaffleMessage
from umbral_raffle.permissions import SEE_RAFFLES

async def call(job):
    fail("chat_job")

async def pass_on(job):
    fail("dispatching")

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

async def plan_lines(t, soft_id):
    fail("plan_lines")
    return []

async def exists():
    fail("late_commands")
    return False

def draw_message(t, message):
    fail("messages")

def fits(message):
    fail("staff_fits")
    return is_failing("staff_take")

async def take(visit, message):
    fail("staff_take")

async def take_message(message, customer, t):
    fail("customer_messages")

def legend(t):
    fail("legend")
    return ""

async def card(visit, ticket, note):
    fail("card_screen")
    return Screen("7")

def draw_result(t, result):
    fail("panel_result")
    return Screen("7")

def home_buttons(visit):
    fail("home_buttons")
    return []

def plan_buttons_in_panel(visit, plan):
    fail("panel_plan_buttons")
    return []

async def before_console(visit):
    fail("before_console")

def parse(answer, answers):
    fail("form")
    return "7"

async def carry_out(visit, dialogue):
    return Screen("7")

FORM = Form("raffle_ask", SEE_RAFFLES, (Question("ticket", parse),), carry_out, lambda dialogue: "a:home")

async def ask(visit):
    return await begin(visit, FORM)

def replies(container):
    router = Router(name="raffle-replies")
    router.message.register(answer_reply, Command("sorteo"))
    return router

async def answer_reply(message):
    fail("replies")

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
    plan_lines=lambda container: plan_lines,
    late_commands={"rifas": lambda container: exists},
    dispatching=lambda container, dispatcher: dict([handler_of(Pass, pass_on)]),
    messages={RaffleMessage: draw_message},
    staff_messages=(StaffMessages(permission=SEE_RAFFLES, order=0, fits=fits, take=take),),
    customer_messages=lambda container: take_message,
    replies=replies,
    panel=PanelPart(
        pages={"p.raf": Page(SEE_RAFFLES, page), "p.rafq": Page(SEE_RAFFLES, ask)},
        lists={
            "raffle": PanelList(name="raffles", page="rafs", card="rafc", label=("created_at",), legend=legend)
        },
        cards={"ticket": ("p.raf", card)},
        forms=(FORM,),
        results={Drawn: draw_result},
        home_buttons=home_buttons,
        plan_buttons=plan_buttons_in_panel,
        before_console=before_console,
    ),
)
""",
    "web": """
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from umbral_raffle.commands import DrawRaffle
from umbral_raffle.failing_point import fail, is_failing
from umbral_raffle.permissions import SEE_RAFFLES
from web.console.visit import Beside, Page
from web.feature import WebPart

async def file(visit):
    fail("file")
    return PlainTextResponse("raffle")

def answering(path, point):
    def make(tools):
        router = APIRouter()

        @router.get(path)
        async def answer():
            fail(point)
            return PlainTextResponse("raffle")

        return router

    return make

async def show(visit):
    fail("page")
    return {}

async def nothing(visit):
    return {}

class Note:
    def line(self, language, zone):
        fail("note_line")
        return ""

    def path(self, language):
        return "/"

async def notes():
    fail("plan_notes")
    return {"retabet": [Note()]}

async def beside(visit, target):
    fail("beside")
    return Beside("nowhere.html", None) if is_failing("beside_template") else None

async def today(visit):
    fail("today")
    return [7] if is_failing("today_figure") else []

WEB = WebPart(
    files={"/raffle": file},
    api=answering("/api/v1/raffles", "api"),
    standalone_api=answering("/api/raffles", "standalone_api"),
    public=answering("/rifa", "public"),
    site=answering("/rifas", "site"),
    needs={"/api/v1/raffles": None, "/api/raffles": None},
    pages=(Page("rafpage", "/rafpage", "raffle.html", SEE_RAFFLES, show),),
    results={DrawRaffle: Page("drawn", "", "drawn.html", SEE_RAFFLES, nothing)},
    plan_notes=lambda core: notes,
    beside={"customer": beside},
    today=today,
)
""",
}
"""Source code of the feature's modules, keyed by module name."""

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
    "follows_receipts": """
from subscriptions.bootstrap.receipt_followers import ReceiptPart
from umbral_bingo.failing_start import fail

FOLLOWS_RECEIPTS = ReceiptPart(fail)
""",
    "userbot": """
from subscriptions.bootstrap.userbot import UserbotPart
from umbral_bingo.failing_start import fail

USERBOT = UserbotPart(fail)
""",
    "plan_commands": """
from subscriptions.bootstrap.plan_commands import PlanCommandsPart
from umbral_bingo.failing_start import fail

PLAN_COMMANDS = PlanCommandsPart(names=(), applies=fail)
""",
    "chat": """
from bot.feature import ChatPart, StaffMessages, StartLink
from subscriptions.domain.services.staff_policy import StaffAction
from umbral_bingo.failing_start import fail

CHAT = ChatPart(
    router=fail, sections=fail, data_buttons=fail, typed_codes=fail, receipt_rows=fail, handlers=fail, channels=fail,
    openings=fail, plan_lines=fail, late_commands={"bingo": fail}, dispatching=fail, menu_page=fail, replies=fail,
    customer_messages=fail, groups=fail, start_links=(StartLink(prefix="bin_", arrive=fail),),
    staff_messages=(
        StaffMessages(permission=StaffAction.OPEN_PANEL, order=0, fits=fail, take=fail, applies=fail),
    ),
)
""",
    "web": """
from umbral_bingo.failing_start import fail
from web.feature import WebPart

WEB = WebPart(
    api=fail, standalone_api=fail, whole_api=fail, site=fail, webhooks=fail, public=fail, plan_notes=fail,
)
""",
}
"""Source code of the modules of the feature `bingo`, none of whose parts can be created when a process starts."""
FAILS_AT_START: Final = (
    "chat",
    "copies",
    "follows_receipts",
    "handlers",
    "menu button",
    "messages of staff",
    "schedule: look_at_bingo",
    "start link: bin_",
    "userbot",
    "web",
)
"""Names, as stated in the alarm, of the parts of `bingo` that fail at start."""

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

[commands.see_ticket]
label = "Boleto"
about = "Mira."
sure = "¿Mirar?"
do = "Sí"

[commands.see_ticket.done]
done = "Mirado."

[panel.way]
rafs = "Rifas"

[lists.about]
raffles = "Las rifas."

[lists.empty]
raffles = "Ninguna."

[forms.raffle_ask]
title = "Boleto"

[forms.raffle_ask.ask]
ticket = "¿Qué boleto?"

[commands.choice]
raffle_see = "ver las rifas"
""",
}
"""Content of the feature's text files, keyed by the name of the file."""


_DECLARED: Final = (
    "jobs=frozenset({'core.draw_raffle', 'bot.call_raffle', 'bot.pass_raffle'}),"
    " commands={'raffles': phrase('Raffles', 'Rifas')}"
)


class FailingFeature:
    """The feature, installed in a folder of packages."""

    def __init__(self, site: Path) -> None:
        self._folder = site / write_feature(site, NAME, _DECLARED, MODULES)
        for language in ("es", "en"):
            (self._folder / "texts" / language).mkdir(parents=True)
            for name, texts in TEXTS.items():
                (self._folder / "texts" / language / f"{name}.toml").write_text(texts)
        (self._folder / "templates").mkdir()
        (self._folder / "templates" / "raffle.html").write_text("{{ visit.use }}")
        (self._folder / "templates" / "drawn.html").write_text("{{ 1 // 0 }}")
        self.fail_at("")

    def fail_at(self, point: str) -> None:
        """Make the feature fail at this extension point only."""
        (self._folder / _FILE).write_text(point)
