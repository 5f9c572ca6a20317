"""What the Bot API remembers about a bot besides its updates, kept in the bot's drawer."""

from pydantic import BaseModel, JsonValue

from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.world import World


class Webhook(BaseModel):
    """Where updates are sent, and how that last went."""

    url: str
    secret_token: str | None = None
    certificate: str | None = None
    ip_address: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


class BotSettings(BaseModel):
    """Texts are kept by language ("" is every other), commands by scope and language."""

    webhook: Webhook | None = None
    commands: dict[str, list[dict[str, str]]] = {}
    names: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    short_descriptions: dict[str, str] = {}
    menu_buttons: dict[str, dict[str, JsonValue]] = {}


def settings_of(bot: Bot) -> BotSettings:
    """The bot's settings; change and then `save` them."""
    return BotSettings.model_validate(bot.settings)


def save_settings(world: World, bot: Bot, settings: BotSettings) -> None:
    """Keeps changed settings."""
    bot.settings = settings.model_dump(mode="json", exclude_defaults=True)
    world.telegram.people.save(bot)
