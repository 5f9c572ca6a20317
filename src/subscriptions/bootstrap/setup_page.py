"""Setup of an installation in the browser: the one-time code, and the questions of the setup page.

Each answer is stored encrypted immediately, so that any process can continue with the next question. The answers take
effect after the last one, which ends the setup permanently.
"""

import asyncio
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import structlog

from subscriptions.bootstrap import doctor, new_settings, setting_up
from subscriptions.bootstrap.chat_choice import ChoiceWords, look_for_choice, offer_choice
from subscriptions.bootstrap.chats_sold import sell_chat
from subscriptions.bootstrap.checks.bots import SELLER, ask_bots
from subscriptions.bootstrap.checks.chats import ChatFit, ask_chat
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.checks.providers import sells_for_real
from subscriptions.bootstrap.new_settings import installed_providers
from subscriptions.bootstrap.owner_code import look_for_owner, new_code
from subscriptions.bootstrap.payment_answers import Refused, check_payment, cleaned, is_switch, refusal_of
from subscriptions.bootstrap.sealed_settings import (
    OWNERS,
    SettingsVault,
    is_given,
    read_sealed,
    readers_of,
    sealable,
    with_environment,
)
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.bootstrap.setup_questions import (
    BOT,
    CHAT,
    CHAT_ID,
    OWNER,
    PAYMENTS,
    PLAN,
    PLAN_TEXT,
    QUESTIONS,
    Question,
)
from subscriptions.bootstrap.texts import verticals
from subscriptions.bootstrap.words import Words
from subscriptions.domain.errors import Permanent, RetryLater, UmbralError
from subscriptions.domain.ports.payment_gateway import Enrolment, GatewayDescriptor
from subscriptions.infrastructure.database.setup_state import CODE_LIVES, Sealed, SqlSetup

log = structlog.get_logger(__name__)

VERTICAL: Final = "VERTICAL"
"""Name of the setting with the shop's vertical (kind of shop). The question about the first plan also asks for it."""
_NEUTRAL: Final = "plain"
"""Vertical (kind of shop) whose sample plans are shown as examples before the owner has chosen a vertical."""
BOT_NAME: Final = "BOT_USERNAME"
OWNER_CODE: Final = "OWNER_CODE"
RESOURCE: Final = "RESOURCE"
_OWN: Final = frozenset({BOT_NAME, OWNER_CODE, CHAT_ID, RESOURCE, PLAN_TEXT})
"""Names of stored answers that are not settings. No process reads these answers as settings."""
_PROCESS: Final = "web"
"""Name of the process that serves the page."""
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH: Final = 12
"""Number of characters of a code. Twelve characters have sixty random bits, so guesses are hopeless, however many
addresses they come from.
"""
_BASE: Final = "TELEGRAM_BOT_API_BASE"
_SITE: Final = "WEB_BASE_URL"
_BACKUPS: Final = "BACKUP_KEY"
"""Setting that is not stored in the database, because it is the key that encrypts the database's backups."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Next question of the setup, with the data that the page shows.

    number, of: position of the question, and number of questions on the page
    facts: values for the question's texts
    methods: payment methods to choose from, keyed by code
    switches: codes of the methods that need no key
    templates: examples of an answer
    verticals: display names of the verticals (kinds of shops); empty if the question does not ask for a vertical
    """

    question: Question
    number: int
    of: int
    facts: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Enrolment] = field(default_factory=dict)
    switches: Collection[str] = ()
    templates: Sequence[str] = ()
    verticals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """Result of a finished setup.

    bot: username of the shop's bot
    site: URL of the shop
    """

    bot: str
    site: str


class SetupDesk:
    """Service behind the setup page of one web process. All methods raise RetryLater while the database is unreachable.

    environ: environment of the process, whose database login may store the answers and create the first plan
    """

    def __init__(self, environ: Mapping[str, str], setup: SqlSetup, vault: SettingsVault) -> None:
        self._environ, self._setup, self._vault = environ, setup, vault
        self._one_at_a_time = asyncio.Lock()

    async def is_open(self) -> bool:
        """Return True until the setup is finished or an owner exists."""
        return await self._setup.is_open()

    async def renew_code(self) -> None:
        """Create a new code and write it to the log, if the previous code has expired."""
        code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        if await self._setup.renew_code(_digest(code)):
            log.warning(
                "open the setup page and enter this code",
                page=f"{self._site}/setup",
                code="-".join(code[index : index + 4] for index in range(0, _LENGTH, 4)),
                minutes=int(CODE_LIVES.total_seconds()) // 60,
            )

    async def enter(self, code: str) -> str | None:
        """Return the secret of a new setup session if the code is correct; None if the code is wrong or expired."""
        code_hash = await self._setup.code()
        typed = _digest("".join(sign for sign in code.upper() if sign.isalnum()))
        if not hmac.compare_digest(typed, code_hash or "") or code_hash is None:
            log.warning("a code for the setup page was refused")
            return None
        visit = secrets.token_urlsafe(32)
        return visit if await self._setup.enter(code_hash, _digest(visit)) else None

    async def is_visitor(self, visit: str) -> bool:
        """Return True if the setup session is the current one, begun in the browser that entered the code last."""
        expected = await self._setup.visit()
        return bool(visit) and hmac.compare_digest(_digest(visit), expected or "") and expected is not None

    async def step(self, words: Words) -> Step | None:
        """Return the next question; None if all questions are answered."""
        whole = await self._whole()
        questions = [each for each in QUESTIONS if each.is_in_browser]
        for number, question in enumerate(questions, start=1):
            if await self._is_due(question, whole):
                return Step(
                    question=question,
                    number=number,
                    of=len(questions),
                    facts={"bot": whole.get(BOT_NAME, ""), "code": whole.get(OWNER_CODE, "")},
                    methods=setting_up.offers() if question is PAYMENTS else {},
                    switches=[code for code, each in setting_up.offers().items() if is_switch(each)],
                    templates=_plan_examples(whole, words) if question is PLAN else (),
                    verticals=_names(words) if question is PLAN and not is_given(whole, VERTICAL) else {},
                )
        return None

    async def answer(self, topic: str, fields: Mapping[str, str], visit: str, words: Words) -> Done | None:
        """Check and store the answer to the next question. Return Done after the last answer, otherwise None.

        `topic`: topic of the answered question. The answer is ignored if this is not the next question, as after the
            browser's back button was used.

        Raises Refused if the answer cannot be used.
        """
        # A form may be submitted several times at once; the answers are taken one after the other.
        async with self._one_at_a_time:
            if not await self._setup.is_open():
                return await self._done()
            return await self._answer(topic, cleaned(fields, words), visit, words)

    async def _answer(self, topic: str, fields: Mapping[str, str], visit: str, words: Words) -> Done | None:
        step = await self.step(words)
        if step is not None and step.question.topic == topic:
            whole = await self._whole()
            if not await self._setup.prolong(_digest(visit)):
                raise Refused(words("page.elsewhere"))
            try:
                found = await self._check(step.question, fields, whole, words)
            except Permanent as error:
                raise Refused(words("page.polled", detail=error)) from error
            except RetryLater as error:
                raise Refused(words("page.silent", detail=error)) from error
            if isinstance(found, Problem):
                raise refusal_of(found, words)
            await self._keep(found)
        elif step is not None:
            return None
        if await self.step(words) is not None:
            return None
        return await self._finish(words)

    async def _whole(self) -> dict[str, str]:
        stored = await read_sealed(self._setup, self._vault, sealable() | _OWN)
        return with_environment(self._environ, stored)

    async def _keep(self, values: Mapping[str, str]) -> None:
        whole = {**await self._whole(), **values}
        # While the setup is open, this process reads every answer back; `_finish` ends that.
        await self._setup.keep(self._sealed(values, whole, {_PROCESS}))

    def _sealed(self, values: Mapping[str, str], whole: Mapping[str, str], also: Collection[str] = ()) -> Sealed:
        readers = {name: {*(() if name in _OWN else readers_of(name, whole)), *also} for name in values}
        return {
            name: (self._vault.seal(name, value, readers[name]), readers[name])
            for name, value in values.items()
            if value
        }

    async def _is_due(self, question: Question, whole: Mapping[str, str]) -> bool:
        if question is PAYMENTS:
            return not installed_providers(whole).enabled_names()
        if question.is_optional:
            return sells_for_real(whole) and not is_given(whole, question.names[0])
        return not is_given(whole, question.names[0])

    async def _check(
        self, question: Question, fields: Mapping[str, str], whole: Mapping[str, str], words: Words
    ) -> Mapping[str, str] | Problem:
        if question is OWNER:
            return await self._owner(whole, words)
        if question is CHAT:
            return await self._chat(fields.get("answer", ""), whole, words)
        if question is PAYMENTS:
            return await check_payment(fields, whole, self._site, words)
        answer = fields.get("answer", "")
        if not answer:
            raise Refused(words("page.nothing"))
        if question is BOT:
            return await self._bot(answer, whole)
        if question is PLAN:
            return await self._plan(answer, fields.get("vertical", ""), whole, words)
        return {question.names[0]: answer}

    async def _bot(self, token: str, whole: Mapping[str, str]) -> Mapping[str, str] | Problem:
        bots, wrong = await ask_bots(token, (), _base_of(whole))
        if wrong:
            return wrong[0]
        derived = {
            name: value
            for name, value in setting_up.answers_of_bot(token, bots[0]).items()
            if not is_given(whole, name)
        }
        return {SELLER: token, BOT_NAME: bots[0].username, OWNER_CODE: new_code(), **derived}

    async def _owner(self, whole: Mapping[str, str], words: Words) -> Mapping[str, str]:
        person = await look_for_owner(whole[SELLER], _base_of(whole), whole[OWNER_CODE], words("page.greeting"))
        if person is None:
            raise Refused(words("page.nobody", bot=whole[BOT_NAME]))
        await offer_choice(whole[SELLER], _base_of(whole), person.telegram_id, _choice_words(words))
        contact = (
            {}
            if not person.username or is_given(whole, "SUPPORT_CONTACT")
            else {"SUPPORT_CONTACT": f"@{person.username}"}
        )
        return {OWNERS: str(person.telegram_id), **contact}

    async def _chat(self, name: str, whole: Mapping[str, str], words: Words) -> Mapping[str, str] | Problem:
        token, base, owner = whole[SELLER], _base_of(whole), setting_up.first_owner(whole)

        async def judge(chat: int | str) -> ChatFit | Problem:
            return await ask_chat(token, base, str(chat), owner)

        if name:
            fit: ChatFit | Problem | None = await judge(name)
        else:
            fit = await look_for_choice(token, base, owner or 0, _choice_words(words), judge)
        if fit is None:
            raise Refused(words("page.no_choice"))
        return fit if isinstance(fit, Problem) else {CHAT_ID: str(fit.chat)}

    async def _plan(
        self, text: str, vertical: str, whole: Mapping[str, str], words: Words
    ) -> Mapping[str, str] | Problem:
        sold = whole.get(VERTICAL, "") or vertical
        if sold not in verticals():
            raise Refused(words("page.vertical_missing"))
        usual_name = setting_up.read_plan(verticals()[sold].plans[words.language][0]).name
        plan = setting_up.plan_of(text, usual_name, "")
        if isinstance(plan, Problem):
            return plan
        currency = plan.price.currency
        if not any(each.takes(currency) for each in _providers(whole)):
            taken = sorted({name for each in _providers(whole) for name in each.currencies or ()})
            raise Refused(words("page.currency", given=currency, taken=", ".join(taken)))
        resource = await sell_chat(whole, whole[CHAT_ID])
        if isinstance(resource, Problem):
            return resource
        plan = setting_up.plan_of(text, usual_name, resource)
        problem = plan if isinstance(plan, Problem) else await setting_up.offer_plan(whole, plan)
        return problem or {RESOURCE: resource, PLAN_TEXT: text, VERTICAL: sold}

    async def _finish(self, words: Words) -> Done:
        whole = await self._whole()
        keys = {name: key for name, key in new_settings.fresh_keys().items() if name != _BACKUPS}
        usual = {"SHOP_LANGUAGE": words.language, **new_settings.beginnings()}
        if self._site.startswith("https://"):
            usual["CONSOLE"] = "public"
        fresh = {name: value for name, value in {**keys, **usual}.items() if not is_given(whole, name)}
        settings = {name: value for name, value in (whole | fresh).items() if name not in _OWN}
        if wrong := doctor.report(settings):
            raise Refused("; ".join(wrong))
        try:
            stored = await read_sealed(self._setup, self._vault, sealable())
            if await self._setup.finish(self._sealed({**stored, **fresh}, {**settings, **stored})):
                log.info("the setup in the browser is finished")
        except UmbralError as error:
            if await self._setup.is_open():
                raise Refused(words("page.silent", detail=error)) from error
        return await self._done()

    async def _done(self) -> Done:
        """Return the result of a setup that this request or another one finished."""
        return Done(bot=(await self._whole()).get(BOT_NAME, ""), site=self._site)

    @property
    def _site(self) -> str:
        return (self._environ.get(_SITE, "").strip() or str(CoreSettings.names()[_SITE].default)).rstrip("/")


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _base_of(whole: Mapping[str, str]) -> str:
    return whole.get(_BASE, "").strip() or str(BotSettings.names()[_BASE].default)


def _providers(whole: Mapping[str, str]) -> Sequence[GatewayDescriptor]:
    registry = installed_providers(whole)
    return [registry.descriptors()[code] for code in registry.enabled_names()]


def _names(words: Words) -> Mapping[str, str]:
    """Return the display names of the verticals (kinds of shops) in the reader's language."""
    return {code: each.name[words.language] for code, each in verticals().items()}


def _plan_examples(whole: Mapping[str, str], words: Words) -> Sequence[str]:
    """Return examples of a first plan, in a currency that the chosen payment method charges."""
    examples = verticals()[_NEUTRAL].plans[words.language]
    price = setting_up.read_plan(examples[0]).price
    is_charged = any(each.takes(price.currency) for each in _providers(whole))
    return examples if is_charged else [words("page.switch_plan")]


def _choice_words(words: Words) -> ChoiceWords:
    return ChoiceWords(
        offer=words("say.chat_offer"),
        channel=words("say.chat_channel"),
        group=words("say.chat_group"),
        unfit=words.describe,
        fit=lambda fit: words("page.chat_fit", title=fit.title),
    )
