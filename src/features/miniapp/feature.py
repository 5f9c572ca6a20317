"""Declaration of the Mini App feature: its name, description, command and job."""

from typing import Final

from subscriptions.application.features import NO_VERTICAL, Feature
from subscriptions.domain.entities.spoken import phrase

FEATURE: Final = Feature(
    name="miniapp",
    title=phrase("Customers' page (Mini App)", "Página del cliente (Mini App)"),
    about=phrase(
        "The bot's menu button opens a page with the customer's plans, where they can do everything they"
        " can do in the chat.",
        "El botón de menú del bot abre una página con los planes del cliente, donde puede hacer lo mismo que en el"
        " chat.",
    ),
    default_for=NO_VERTICAL,
    commands={"miniapp": "print the key that verifies users of the Mini App"},
    jobs=frozenset({"bot.answer_press"}),
    settings=frozenset({"BROWSER_SALES", "TELEGRAM_CURRENCY_ALONE_ON_PHONES"}),
)
