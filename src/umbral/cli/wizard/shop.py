"""The wizard's questions about the shop: database, address, payment methods, seller, and first plan."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from subscriptions.bootstrap import migrate, setting_up, setup_questions
from subscriptions.bootstrap.checks.address import SETTING as ADDRESS
from subscriptions.bootstrap.checks.address import ask_address
from subscriptions.bootstrap.checks.database import DatabaseState, ask_database, wrong_with
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.checks.providers import ask_provider, sells_for_real
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.texts import DEFAULT_VERTICAL, Vertical, verticals
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.payment_gateway import Enrolment
from subscriptions.domain.services.promise_policy import promises_in
from umbral.cli.wizard.answers import PLAN, RESOURCE, AnswersRefused
from umbral.cli.wizard.talk import TRIES, Talk, no_check, one_answer
from umbral.terminal.progress import progress

DATABASE: Final = "DATABASE_URL"
VERTICAL: Final = "VERTICAL"
LANGUAGE: Final = "SHOP_LANGUAGE"
CONSOLE: Final = "CONSOLE"


class ShopSteps:
    """The wizard's steps that concern the shop. Each step is idempotent."""

    def __init__(self, talk: Talk) -> None:
        self._talk, self._answers = talk, talk.answers

    def vertical(self) -> None:
        """Ask for the vertical, which determines the texts for customers. Without a terminal, the default applies."""
        if self._talk.types or self._answers.get(VERTICAL):
            self._talk.settle(setup_questions.VERTICAL, self._read_vertical, self._known_vertical, facts=self._offers())

    def language(self) -> None:
        """Ask for the shop's language, which is used for customers whose own language is not supported. An empty line
        selects the terminal's language. Without a terminal, the default applies.
        """
        if self._talk.types or self._answers.get(LANGUAGE):
            self._talk.settle(
                setup_questions.LANGUAGE,
                self._read_language,
                self._known_language,
                facts={"languages": self._languages(), "usual": self._talk.words.language},
            )

    def database(self) -> None:
        """Ask for the database, check that it is empty or belongs to an installation of Umbral, and migrate
        its tables.
        """
        self._talk.settle(setup_questions.DATABASE, one_answer(DATABASE), self._ask_database)

    def address(self) -> None:
        """Ask for the public URL of the website. Without a terminal, the default applies. With an https URL, the
        console is served there too, unless CONSOLE is set.
        """
        if self._talk.types or self._answers.get(ADDRESS):
            self._talk.settle(setup_questions.ADDRESS, lambda line: {ADDRESS: line.rstrip("/")}, self._ask_address)
        address = self._answers.get(ADDRESS)
        if address.startswith("https://") and not self._answers.get(CONSOLE):
            # With a public console, the owner can also open it from a phone.
            self._answers.keep({CONSOLE: "public"})
            self._talk.success("console_known", address=address)

    def payments(self) -> None:
        """Ask for at least one payment method, verify its credentials and register its webhook. Without a terminal,
        only the methods with given credentials are set up. If one of several methods fails, its credentials can be
        typed again or left for later.
        """
        offers = setting_up.offers()
        for _ in range(TRIES):
            codes = [code for code, each in offers.items() if self._answers.get(each.asks[0])]
            if self._talk.types and not codes:
                self._which(offers)
                continue
            troubles = [trouble for code in codes if (trouble := self._provider(code, offers[code])) is not None]
            if not troubles:
                return
            if not self._talk.types:
                raise AnswersRefused(self._talk.sentence(troubles[0]))
            for trouble in troubles:
                first_question, *_ = asks = offers[trouble.subject].asks
                self._talk.trouble(trouble)
                self._answers.drop(*asks)
                if len(codes) > 1 and (again_text := self._talk.prompt("again", name=first_question, is_secret=True)):
                    self._answers.keep({first_question: again_text})
        raise AnswersRefused(self._talk.words("say.too_often"))

    def seller(self) -> None:
        """Ask for the seller's identity and support contact if the shop takes real payments."""
        if sells_for_real(self._answers.settings()):
            for question in (setup_questions.LEGAL, setup_questions.SUPPORT):
                self._talk.settle(question, one_answer(*question.names), no_check)

    def plan(self) -> None:
        """Create the first plan. Without a terminal, the plan is left for later unless it is given as an answer."""
        settings = self._answers.settings()
        has_plan, _ = asyncio.run(setting_up.has_plan_and_account(settings))
        if has_plan or not (self._talk.types or self._answers.get(PLAN)):
            return
        plans = self._templates()
        plan_lines = "\n".join(f"  {number}. {plan}" for number, plan in enumerate(plans, start=1))
        read_choice = partial(_choose, PLAN, plans)
        self._talk.settle(setup_questions.PLAN, read_choice, self.put_on_offer, facts={"plans": plan_lines})
        self._talk.success("plan_known")

    def _offers(self) -> Mapping[str, str]:
        language = self._talk.words.language
        lines = (f"  {number}. {each.name[language]}" for number, each in enumerate(verticals().values(), start=1))
        return {"verticals": "\n".join(lines)}

    def _read_vertical(self, text: str) -> Mapping[str, str]:
        language = self._talk.words.language
        names = {each.name[language].casefold(): code for code, each in verticals().items()}
        vertical = _choose(VERTICAL, list(verticals()), text)[VERTICAL].casefold()
        return {VERTICAL: names.get(vertical, vertical)}

    def _languages(self) -> str:
        return ", ".join(LANGUAGES)

    def _read_language(self, text: str) -> Mapping[str, str]:
        return {LANGUAGE: text.strip().lower() or self._talk.words.language}

    def _known_language(self, values: Mapping[str, str]) -> Problem | None:
        if values[LANGUAGE] in LANGUAGES:
            return None
        return Problem(
            subject="language", code="language_unknown", setting=LANGUAGE, facts={"languages": self._languages()}
        )

    def _known_vertical(self, values: Mapping[str, str]) -> Problem | None:
        if values[VERTICAL] in verticals():
            return None
        return Problem(subject="vertical", code="vertical_unknown", setting=VERTICAL, facts=self._offers())

    def _usual_name(self) -> str:
        """Return the default name of a plan, used if the operator typed only a price."""
        return setting_up.read_plan(self._templates()[0]).name

    def _templates(self) -> Sequence[str]:
        return self._vertical.plans[self._talk.words.language]

    @property
    def _vertical(self) -> Vertical:
        return verticals()[self._answers.get(VERTICAL) or DEFAULT_VERTICAL]

    def _ask_database(self, values: Mapping[str, str]) -> Problem | None:
        url = values[DATABASE]
        state = asyncio.run(ask_database(url))
        if isinstance(state, Problem) or state is DatabaseState.FOREIGN:
            return wrong_with(state)
        try:
            settings = self._answers.settings()
            logins, clock_moves = migrate.logins_of(settings), migrate.clock_moves(os.environ)
            with progress(self._talk.words("say.tables")):
                upgrades = migrate.upgrade(url, logins=logins, clock_moves=clock_moves)
        except UmbralError as error:
            return Problem(subject="database", code="database_away", setting=DATABASE, facts={"detail": str(error)})
        for sentence in upgrades:
            print(f"  {sentence}")
        self._talk.success("database_known" if state is DatabaseState.EMPTY else "database_ours")
        return None

    def _ask_address(self, values: Mapping[str, str]) -> Problem | None:
        trouble = asyncio.run(ask_address(values[ADDRESS], is_serving=False))
        if trouble is None:
            self._talk.success("address_known", address=values[ADDRESS])
        return trouble

    def _which(self, offers: Mapping[str, Enrolment]) -> None:
        for enrolment in offers.values():
            enrolment_place = enrolment.where.get(self._talk.words.language) or enrolment.where["en"]
            print(f"  · {enrolment_place}")
        words = self._talk.prompt("payments", names=", ".join(offers), is_secret=True).replace(",", " ").split()
        if mistakes := [said for word in words for each in offers.values() if (said := self._mistaken(word, each))]:
            print(f"  ✖ {mistakes[0]}", flush=True)
            return
        matches = [self._recognize(word, offers) for word in words]
        if not matches or None in matches:
            self._talk.say("which", names=", ".join(offers))
            return
        for code, value in filter(None, matches):
            first_question = offers[code].asks[0]
            self._answers.keep({first_question: value or self._secret(first_question, offers[code])})

    def _secret(self, name: str, enrolment: Enrolment) -> str:
        """Ask for one credential of a provider, with a hint where to find it. If the operator enters a credential that
        is often confused with it, explain the mistake.
        """
        language = self._talk.words.language
        where = enrolment.where.get(language) or enrolment.where["en"]
        for _ in range(TRIES):
            value = self._talk.prompt("setting", name=name, where=where, is_secret=True)
            if name != enrolment.asks[0] or (mistake := self._mistaken(value, enrolment)) is None:
                return value
            print(f"  ✖ {mistake}", flush=True)
        raise AnswersRefused(self._talk.words("say.too_often"))

    def _mistaken(self, value: str, enrolment: Enrolment) -> str | None:
        return setting_up.explain_mistake(value, enrolment, self._talk.words.language)

    @staticmethod
    def _recognize(word: str, offers: Mapping[str, Enrolment]) -> tuple[str, str] | None:
        """Return the code of a payment method and the key in the text. A text that begins with the prefix of a method's
        keys is a key; a text that is a method's code is returned with an empty key. Return None if no method
        matches.
        """
        for code, enrolment in offers.items():
            if enrolment.begins and word.startswith(enrolment.begins):
                return code, word
            if word.casefold() == code:
                return code, ""
        return None

    def _provider(self, code: str, enrolment: Enrolment) -> Problem | None:
        for name in enrolment.asks:
            if self._talk.types and not self._answers.get(name):
                self._answers.keep({name: self._secret(name, enrolment)})
        defaults = {name: text for name, text in enrolment.pending.items() if not self._answers.get(name)}
        whole = {**self._answers.settings(), **defaults}
        trouble = asyncio.run(ask_provider(whole, code))
        if trouble is None:
            self._talk.success("provider_known", name=setting_up.provider_name(code))
            self._register(code, whole, tuple(defaults))
        return trouble

    def _register(self, code: str, whole: Mapping[str, str], names: tuple[str, ...]) -> None:
        if not names:
            return
        address = f"{self._answers.get(ADDRESS) or CoreSettings.names()[ADDRESS].default}/webhooks/{code}"
        registration = asyncio.run(setting_up.register(whole, code, address))
        if not isinstance(registration, Problem):
            self._answers.keep(registration)
            self._talk.success("registered", address=address)
            return
        sentence = self._talk.words.describe(registration)
        if not self._talk.types:
            raise AnswersRefused(f"{names[0]} ({code}): {sentence}")
        print(f"  {sentence}")
        for name in names:
            self._answers.keep({name: self._talk.prompt("setting", name=name, where=address, is_secret=True)})

    def put_on_offer(self, values: Mapping[str, str]) -> Problem | None:
        """Create the first plan from the typed answer. Return None on success, otherwise a problem that can be shown to
        the operator.
        """
        settings = self._answers.settings()
        plan = setting_up.plan_of(values[PLAN], self._usual_name(), self._answers.get(RESOURCE))
        if isinstance(plan, Problem):
            return plan
        if phrases := promises_in((plan.name,), self._vertical.promises):
            self._talk.say("plan_promises", phrases=", ".join(phrases))
        return asyncio.run(setting_up.offer_plan(settings, plan))


def _choose(name: str, options: Sequence[str], text: str) -> Mapping[str, str]:
    """Return the option with the typed number, or the text itself if it is not a valid number."""
    number = int(text) if text.isdecimal() and len(text) <= 2 else 0
    return {name: options[number - 1] if 1 <= number <= len(options) else text}
