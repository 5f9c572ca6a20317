"""Live check of the webhooks at the providers and Telegram. The check changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.catalog.check_webhooks import WebhookCheck
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import SettingsError, load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.domain.errors import UmbralError
from subscriptions.infrastructure.telegram.bot_desk import BotDesk, BotWebhook

TELEGRAM: Final = "telegram"

_WORDS: Final[Mapping[str, str]] = {
    "fine": "{address} is told all that concerns us{about}",
    "none_kept": "keeps no list of webhooks: nothing to ask. Its checkouts name {address}, or the chat tells",
    "elsewhere": "none of its webhooks leads to {address}, but to: {detail}. Add one, for the events its README lists",
    "disabled": "the webhook to {address} is off, or is not the one whose secret or id the settings name. Switch it on",
    "events_missing": "the webhook to {address} is not told of: {detail}. Add these events{about}",
    "not_allowed": "our key may not see its webhooks ({detail}). Let it read them, or look at the provider's page",
    "no_answer": "gives no answer ({detail}). Ask again later",
    "other_address": "the bot's webhook leads to {detail}, not to {address}. Start the bot again, it sets it",
    "webhook_set": "a webhook is set ({detail}) while BOT_MODE is polling. Start the bot again, it takes it away",
    "failing": "updates do not arrive at {address}: {detail}. See that the address can be reached from outside",
    "polling": "no webhook is set, as polling wants it",
}


@dataclass(frozen=True)
class LiveReport:
    """Result of the live check.

    checks: one per enabled provider, and one for Telegram
    lines: text for each check, in the same order
    """

    checks: Sequence[WebhookCheck]
    lines: Sequence[str]

    @property
    def wrong(self) -> bool:
        """Return True if any check found a problem."""
        return any(each.wrong for each in self.checks)


async def report_live(environ: Mapping[str, str]) -> LiveReport:
    """Run all checks. Raises SettingsError and InvalidInput naming settings."""
    async with operator(environ) as container:
        checks = [*await container.core.check_webhooks().all()]
        now = container.core.clock().now()
    telegram = await _telegram(environ)
    checks += [telegram] if telegram is not None else []
    return LiveReport(checks, [_line(each, now) for each in checks])


async def _telegram(environ: Mapping[str, str]) -> WebhookCheck | None:
    """Return the check of Telegram; None if the bot's settings are invalid."""
    try:
        settings = load(BotSettings, environ)
    except SettingsError:
        return None
    address = settings.webhook_url or "-"
    try:
        async with BotDesk(settings.token.get_secret_value(), settings.api_base) as desk:
            info = await desk.webhook()
    except UmbralError as error:
        return WebhookCheck(provider=TELEGRAM, address=address, problem="no_answer", detail=str(error))
    problem, detail = _judge(info, settings)
    return WebhookCheck(provider=TELEGRAM, address=address, problem=problem, detail=detail)


def _judge(info: BotWebhook, settings: BotSettings) -> tuple[str, str]:
    if settings.mode == "polling":
        return ("webhook_set", info.url) if info.url else ("polling", "")
    if info.url != settings.webhook_url:
        return "other_address", info.url or "-"
    if info.error and info.pending_count:
        return "failing", f"{info.error} ({info.pending_count} wait)"
    return "fine", ""


def _line(check: WebhookCheck, now: datetime) -> str:
    parts = [f"API {check.api_version}"] if check.api_version else []
    if check.made_at is not None:
        parts.append(f"made {check.made_at:%Y-%m-%d}, its secret is {(now - check.made_at).days} days old or younger")
    line = _WORDS[check.problem].format(
        address=check.address, detail=check.detail, about=f" ({'; '.join(parts)})" if parts else ""
    )
    return f"{check.provider}: {line}"
