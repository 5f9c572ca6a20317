"""Bot API methods that receive updates by polling or webhook, and the methods logOut and close."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue

from umbral_sandbox.bot_api.context import Context, Method, method
from umbral_sandbox.bot_api.errors import bad_request
from umbral_sandbox.bot_api.parameters.updates import DeleteWebhook, GetUpdates, Nothing, SetWebhook
from umbral_sandbox.bot_api.settings import Webhook, save_settings, settings_of

_PORTS: Final = (443, 80, 88, 8443)


async def _get_updates(on: Context, wanted: GetUpdates) -> JsonValue:
    return await on.updates.polling.updates(on.bot, wanted, on.gone)


def _set_webhook(on: Context, wanted: SetWebhook) -> JsonValue:
    if not wanted.url:
        return _delete_webhook(on, DeleteWebhook(drop_pending_updates=wanted.drop_pending_updates))
    _check_address(wanted.url)
    settings = settings_of(on.bot)
    settings.webhook = Webhook(
        url=wanted.url,
        secret_token=wanted.secret_token,
        certificate=_certificate(wanted),
        ip_address=wanted.ip_address,
        max_connections=wanted.max_connections,
    )
    save_settings(on.world, on.bot, settings)
    queue = on.world.telegram.updates
    queue.allow(on.bot.id, None if wanted.allowed_updates is None else list(wanted.allowed_updates))
    if wanted.drop_pending_updates:
        queue.drop(on.bot.id)
    on.updates.webhooks.begin(on.bot)
    return True


def _delete_webhook(on: Context, wanted: DeleteWebhook) -> JsonValue:
    settings = settings_of(on.bot)
    settings.webhook = None
    save_settings(on.world, on.bot, settings)
    if wanted.drop_pending_updates:
        on.world.telegram.updates.drop(on.bot.id)
    on.updates.webhooks.begin(on.bot)
    return True


def _get_webhook_info(on: Context, _: Nothing) -> JsonValue:
    webhook = settings_of(on.bot).webhook
    waiting = on.world.telegram.updates.count(on.bot.id)
    info: dict[str, JsonValue] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": bool(webhook and webhook.certificate),
        "pending_update_count": waiting,
    }
    if on.bot.allowed_updates:
        info["allowed_updates"] = list(on.bot.allowed_updates)
    if webhook is not None:
        more = webhook.model_dump(include={"ip_address", "max_connections", "last_error_date", "last_error_message"})
        info |= {name: value for name, value in more.items() if value is not None}
    return info


def _leave(_on: Context, _: Nothing) -> JsonValue:
    return True


def _certificate(wanted: SetWebhook) -> str | None:
    if wanted.certificate is None:
        return None
    try:
        return wanted.certificate.data.decode("ascii")
    except UnicodeDecodeError as error:
        raise bad_request("bad webhook: certificate must be in PEM format") from error


def _check_address(url: str) -> None:
    """Require HTTPS on one of Telegram's four ports; on loopback, allow plain HTTP and any port, since no traffic
    leaves the machine.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise bad_request("bad webhook: invalid webhook URL specified") from error
    if not parts.hostname:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if _is_loopback(parts.hostname) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in (None, *_PORTS):
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


METHODS: Final[tuple[Method, ...]] = (
    method("getUpdates", GetUpdates, _get_updates),
    method("setWebhook", SetWebhook, _set_webhook),
    method("deleteWebhook", DeleteWebhook, _delete_webhook),
    method("getWebhookInfo", Nothing, _get_webhook_info),
    method("logOut", Nothing, _leave),
    method("close", Nothing, _leave),
)
