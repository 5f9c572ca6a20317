"""The wizard's questions about Telegram: the bots, the owner, the Telegram application and the first account."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from subscriptions.application.accounts.login_account import LoginStep, Owed
from subscriptions.bootstrap import setup_questions
from subscriptions.bootstrap.account_login import LoginDesk, login_desk
from subscriptions.bootstrap.checks.bots import SELLER, SENDERS, ask_bots
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.owner_code import new_code, wait_for_owner
from subscriptions.bootstrap.setting_up import BRAND, answers_of_bot, has_plan_and_account
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.entities.userbot_account import phone_number
from subscriptions.domain.errors import InvalidInput, Permanent, UmbralError
from subscriptions.domain.ports.account_login import LoginProblem, LoginRefused
from umbral.cli.wizard.answers import PHONE, AnswersRefused
from umbral.cli.wizard.talk import Talk, no_check, one_answer

T = TypeVar("T")
BASE: Final = "TELEGRAM_BOT_API_BASE"
API: Final = ("TELEGRAM_API_ID", "TELEGRAM_API_HASH")
OWNERS: Final = "ADMIN_TELEGRAM_IDS"
SUPPORT: Final = "SUPPORT_CONTACT"


class TelegramSteps:
    """The wizard's steps that concern Telegram. Each step is idempotent.

    bot: username of the bot that talks with customers, once it is known. bot_only: True if neither sender bots nor
    accounts are needed.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk, self._answers = talk, talk.answers
        self.bot, self.bot_only = "-", False

    def bots(self) -> None:
        """Ask for the bots' tokens in one line: first the token of the selling bot, then the tokens of
        the sender bots.
        """
        question = setup_questions.BOT if self.bot_only else setup_questions.BOTS
        self._talk.settle(question, self._tokens, self._ask_bots)

    def owner(self) -> None:
        """Identify the owner by a code that the owner sends to the bot. The owner's username becomes the support
        contact if none is given. Without a terminal, the owner's id must be given as an answer or is left for later.
        """
        if self._answers.get(OWNERS) or not self._talk.types:
            return
        code, token = new_code(), self._answers.get(SELLER)
        self._talk.say("owner", bot=self.bot, code=code)
        try:
            greeting = self._talk.words("say.greeting")
            chat_word = asyncio.run(wait_for_owner(token, self.base, code, greeting))
        except Permanent as error:
            raise AnswersRefused(self._talk.words("say.polled", detail=error)) from error
        self._answers.keep({OWNERS: str(chat_word.telegram_id)})
        if chat_word.username and not self._answers.get(SUPPORT):
            self._answers.keep({SUPPORT: f"@{chat_word.username}"})
        self._talk.success("owner_known", name=chat_word.first_name, id=chat_word.telegram_id)

    def app(self) -> None:
        """Ask for the id and the hash of the Telegram application, in one line."""
        self._talk.settle(setup_questions.APP, self._pair, no_check)

    def account(self) -> None:
        """Sign in the first Telegram account. Without a terminal, this is left for later unless a phone number is
        given.
        """
        _, has_account = asyncio.run(has_plan_and_account(self._answers.settings()))
        if has_account or not (self._talk.types or self._answers.get(PHONE)):
            return
        # Telethon's own retries are not shown.
        logging.getLogger("telethon").setLevel(logging.ERROR)
        self._talk.settle(setup_questions.PHONE, one_answer(PHONE), self._begin)
        self._talk.success("account_known")

    @property
    def base(self) -> str:
        """Base URL of the Bot API."""
        return self._answers.get(BASE) or str(BotSettings.names()[BASE].default)

    def _tokens(self, text: str) -> Mapping[str, str]:
        seller_token, *sender_tokens = text.replace(",", " ").split() or [""]
        if not seller_token or not (sender_tokens or self.bot_only):
            raise ValueError(self._talk.words("say.one_token" if self.bot_only else "say.two_tokens"))
        return {SELLER: seller_token, **({SENDERS: ",".join(sender_tokens)} if sender_tokens else {})}

    def _ask_bots(self, values: Mapping[str, str]) -> Problem | None:
        senders = [each.strip() for each in values.get(SENDERS, "").split(",") if each.strip()]
        bot_identities, wrong = asyncio.run(ask_bots(values[SELLER], senders, self.base))
        if wrong:
            return wrong[0]
        self.bot = bot_identities[0].username
        names = ", ".join(f"@{bot.username}" for bot in bot_identities)
        self._talk.success("bots_known", names=names)
        derived = answers_of_bot(values[SELLER], bot_identities[0])
        if self._answers.get(BRAND):
            derived.pop(BRAND)
        else:
            self._talk.success("brand", name=derived[BRAND])
        self._answers.keep(derived)
        return None

    def _pair(self, text: str) -> Mapping[str, str]:
        parts = text.replace(",", " ").split()
        if len(parts) != len(API) or not parts[0].isdecimal() or int(parts[0]) == 0:
            raise ValueError(self._talk.words("say.pair"))
        return dict(zip(API, parts, strict=True))

    def _begin(self, values: Mapping[str, str]) -> Problem | None:
        try:
            number = phone_number(values[PHONE])
            step = self._desk(lambda desk: desk.login_account.begin(number))
            # Save the phone number, because the code may be entered on another day.
            self._answers.keep({PHONE: number})
            while step.owed is not Owed.NOTHING:
                step = self._ask_owed(number, step.owed)
            self._desk(lambda desk: desk.finish(number, None))
        except LoginRefused as error:
            if error.problem is LoginProblem.APP_INVALID and self._talk.types:
                # Telegram reports an invalid application only at this point, so the operator must type it again.
                self._answers.drop(*API)
                self.app()
            return _account_problem(f"login_{error.problem}", "")
        except InvalidInput as error:
            return _account_problem("login_number", error.problem)
        except UmbralError as error:
            return _account_problem("login_stopped", str(error))
        return None

    def _ask_owed(self, number: str, answer_owed: Owed) -> LoginStep:
        login_steps: list[LoginStep] = []
        question = setup_questions.CODE if answer_owed is Owed.CODE else setup_questions.SECOND
        (name,) = question.names

        def give(values: Mapping[str, str]) -> Problem | None:
            answer = values[name]
            try:
                if answer_owed is Owed.CODE:
                    login_steps.append(self._desk(lambda desk: desk.login_account.give_code(number, answer)))
                else:
                    login_steps.append(self._desk(lambda desk: desk.login_account.give_password(number, answer)))
            except LoginRefused as error:
                if error.problem in {LoginProblem.CODE_EXPIRED, LoginProblem.LOST}:
                    self._desk(lambda desk: desk.login_account.send_code(number))
                return _account_problem(f"login_{error.problem}", "", name)
            return None

        self._talk.settle(question, one_answer(name), give)
        # The code or password is valid only once; a later login needs a new one.
        self._answers.drop(name)
        self._answers.keep({})
        return login_steps[-1]

    def _desk(self, step: Callable[[LoginDesk], Awaitable[T]]) -> T:
        async def run_step() -> T:
            async with login_desk(self._answers.settings()) as desk:
                return await step(desk)

        return asyncio.run(run_step())


def _account_problem(problem: str, detail: str, setting: str = PHONE) -> Problem:
    return Problem(subject="account", code=problem, setting=setting, facts={"detail": detail})
