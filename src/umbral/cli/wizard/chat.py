"""The wizard's questions about an existing chat: whether the operator has one, and which chat it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from subscriptions.bootstrap import setup_questions
from subscriptions.bootstrap.chat_choice import ChoiceWords, wait_for_chat
from subscriptions.bootstrap.chats_sold import sell_chat
from subscriptions.bootstrap.checks.bots import SELLER
from subscriptions.bootstrap.checks.chats import ChatFit, ask_chat
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.processes import has_userbot
from subscriptions.bootstrap.setting_up import first_owner
from subscriptions.domain.errors import Permanent
from umbral.cli.wizard.answers import CHAT, HAS_CHAT, RESOURCE, AnswersRefused
from umbral.cli.wizard.shop import VERTICAL
from umbral.cli.wizard.talk import Talk, no_check
from umbral.cli.wizard.telegram import OWNERS, TelegramSteps

YES: Final = frozenset({"1", "s", "si", "sí", "y", "yes", "sim"})
NO: Final = frozenset({"2", "n", "no", "não", "nao"})
NEUTRAL: Final = "plain"
"""Vertical of a bot-only setup without a terminal, unless another vertical is given as an answer."""


class ChatSteps:
    """The wizard's steps that concern the chat. Each step is idempotent."""

    def __init__(self, talk: Talk, telegram: TelegramSteps) -> None:
        self._talk, self._answers, self._telegram = talk, talk.answers, telegram

    def has_chat(self) -> None:
        """Ask whether the chat to sell already exists, so that the bot can manage it without a userbot. If the chat is
        given as an answer, the question is skipped and the answer is yes.
        """
        if self._answers.get(CHAT):
            self._answers.keep({HAS_CHAT: "yes"})
        elif self._talk.types and not has_userbot(self._answers.settings()):
            self._talk.settle(setup_questions.HAS_CHAT, self._yes_or_no, no_check)
        if self.bot_only and not self._talk.types and not self._answers.get(VERTICAL):
            self._answers.keep({VERTICAL: NEUTRAL})
        self._telegram.bot_only = self.bot_only

    @property
    def bot_only(self) -> bool:
        """True if no userbot is needed: the chat exists, and the settings have no Telegram application for accounts."""
        return self._answers.get(HAS_CHAT) == "yes" and not has_userbot(self._answers.settings())

    def chat(self) -> None:
        """Determine the chat, which the operator names or shares with the bot, and check the bot's permissions in the
        chat.
        """
        if self._answers.get(HAS_CHAT) != "yes":
            return
        chat_name = self._answers.get(CHAT)
        if chat_name:
            fit = asyncio.run(self._judge(chat_name))
            if isinstance(fit, Problem):
                if not self._talk.types:
                    raise AnswersRefused(self._talk.sentence(fit))
                self._talk.trouble(fit)
                self._answers.drop(CHAT)
                fit = self._chat_fit()
        else:
            fit = self._chat_fit()
        self._answers.keep({CHAT: str(fit.chat)})
        self._talk.success("chat_known", title=fit.title)

    def sell(self) -> None:
        """Add the chat as the resource that the plan will open. The database must already exist."""
        if self._answers.get(HAS_CHAT) != "yes":
            return
        resource = asyncio.run(sell_chat(self._answers.settings(), self._answers.get(CHAT)))
        if isinstance(resource, Problem):
            self._answers.drop(CHAT)
            raise AnswersRefused(self._talk.sentence(resource))
        self._answers.keep({RESOURCE: resource})

    def _chat_fit(self) -> ChatFit:
        owner = self._owner
        if owner is None:
            raise AnswersRefused(self._talk.words("say.missing", names=CHAT), status=2)
        words = self._talk.words
        choice_words = ChoiceWords(
            offer=words("say.chat_offer"),
            channel=words("say.chat_channel"),
            group=words("say.chat_group"),
            unfit=self._unfit,
            fit=lambda fit: words("say.chat_fit", title=fit.title),
        )
        self._talk.say("chat", bot=self._telegram.bot)
        token = self._answers.get(SELLER)
        try:
            return asyncio.run(
                wait_for_chat(token, self._telegram.base, owner, choice_words, lambda chat: self._judge(str(chat)))
            )
        except Permanent as error:
            raise AnswersRefused(words("say.polled", detail=error)) from error

    def _unfit(self, problem: Problem) -> str:
        self._talk.trouble(problem)
        return self._talk.words.describe(problem)

    async def _judge(self, chat: str) -> ChatFit | Problem:
        return await ask_chat(self._answers.get(SELLER), self._telegram.base, chat, self._owner)

    @property
    def _owner(self) -> int | None:
        return first_owner({OWNERS: self._answers.get(OWNERS)})

    def _yes_or_no(self, text: str) -> Mapping[str, str]:
        word = text.strip().strip(".").casefold()
        if word not in YES | NO:
            raise ValueError(self._talk.words("say.yes_or_no"))
        return {HAS_CHAT: "yes" if word in YES else "no"}
