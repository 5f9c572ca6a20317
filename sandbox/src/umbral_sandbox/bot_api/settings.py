"""Settings that a bot makes through the Bot API, such as its webhook and commands, stored in the bot's record."""

from pydantic import BaseModel, JsonValue

from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.world import World


class Webhook(BaseModel):
    """Address of a webhook and the result of its last delivery."""

    url: str
    secret_token: str | None = None
    certificate: str | None = None
    ip_address: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


class BotSettings(BaseModel):
    """Settings of a bot. Texts are keyed by language ("" is the fallback), commands by scope and language."""

    webhook: Webhook | None = None
    commands: dict[str, list[dict[str, str]]] = {}
    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    short_descriptions: dict[str, str] = {}
    menu_buttons: dict[str, dict[str, JsonValue]] = {}


def settings_of(bot: Bot) -> BotSettings:
    """Return the bot's settings. To change the settings, modify them and then pass them to `save_settings`."""
    return BotSettings.model_validate(bot.settings)


def save_settings(world: World, bot: Bot, settings: BotSettings) -> None:
    """Save changed settings."""
    bot.settings = settings.model_dump(mode="json", exclude_defaults=True)
    world.telegram.people.save(bot)
