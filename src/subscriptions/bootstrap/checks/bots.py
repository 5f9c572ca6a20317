"""Check that Telegram accepts the bot tokens."""

from collections.abc import Sequence
from typing import Final

from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.infrastructure.telegram.bot_desk import BotDesk, BotIdentity

SELLER: Final = "TELEGRAM_SUBSCRIPTION_BOT_TOKEN"
SENDERS: Final = "SENDER_BOT_TOKENS"

Bots = tuple[Sequence[BotIdentity], Sequence[Problem]]
"""Identities of the bots that answered, and the problems that were found."""


async def ask_bots(token: str, sender_tokens: Sequence[str], api_base: str) -> Bots:
    """Fetch the identity of each bot: first the bot that talks to customers, then the sender bots."""
    bots = [("bot", SELLER, token), *((f"sender {n}", SENDERS, each) for n, each in enumerate(sender_tokens, start=1))]
    bot_identities: dict[int, BotIdentity] = {}
    wrong: list[Problem] = []
    for bot_name, setting, each in bots:
        bot, problem, detail = await _ask(each, api_base)
        if bot is not None and bot.id in bot_identities:
            problem = "bot_twice"
        elif bot is not None and not bot.joins:
            problem = "bot_joins_nothing"
        if bot is not None:
            bot_identities.setdefault(bot.id, bot)
        if problem:
            facts = {"detail": detail, "bot": f"@{bot.username}" if bot is not None else "-"}
            wrong.append(Problem(subject=bot_name, code=problem, setting=setting, facts=facts))
    return tuple(bot_identities.values()), wrong


async def _ask(token: str, api_base: str) -> tuple[BotIdentity | None, str, str]:
    try:
        async with BotDesk(token, api_base) as desk:
            return await desk.identity(), "", ""
    except Permanent as refusal:
        return None, "bot_refused", str(refusal)
    except RetryLater as silence:
        return None, "bot_silent", str(silence)
