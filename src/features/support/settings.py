"""Settings of the feature."""

from typing import Final

from pydantic import field_validator

from features.support.domain.saved_replies import SETTING, read_replies
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class SupportSettings(EnvironmentSettings):
    """Operator's choices, which every process reads."""

    support_patience_hours: int = setting(
        "SUPPORT_PATIENCE_HOURS",
        "hours a customer's question may wait before you are told, 1 to 720",
        es="horas que puede esperar la pregunta de un cliente antes de avisarte, de 1 a 720",
        topic="messages",
        restarts=(),
        default=24,
        ge=1,
        le=720,
    )
    saved_replies: str = setting(
        SETTING,
        "texts to answer customers' questions with, each on a line of its own after its word:"
        " /gracias Gracias por escribirnos",
        es="textos para contestar las preguntas de los clientes, cada uno en su línea detrás de su palabra:"
        " /gracias Gracias por escribirnos",
        topic="messages",
        restarts=(),
        default="",
    )

    @field_validator("saved_replies")
    @classmethod
    def _each_reply_has_its_word(cls, value: str) -> str:
        read_replies(value)
        return value


class SupportGroupSettings(EnvironmentSettings):
    """Group of the team, which the bot reads."""

    support_chat: int | None = setting(
        "SUPPORT_CHAT",
        "your group's number, -100…, where what customers write arrives and is answered by replying; the owners' own"
        " chats if left out",
        es="el número de tu grupo, -100…, al que llega lo que escriben los clientes y donde se responde"
        " contestando; si falta, los chats de los propietarios",
        default=None,
        lt=0,
    )


SETTINGS: Final = (("core", SupportSettings), ("bot", SupportGroupSettings))
