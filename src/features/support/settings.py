"""Settings of customer support: those that every process reads, and the support group of the bot."""

from typing import Final

from pydantic import field_validator

from features.support.domain.saved_replies import SETTING, read_replies
from subscriptions.infrastructure.environment import EnvironmentSettings, setting


class SupportSettings(EnvironmentSettings):
    """Settings of customer support that every process reads."""

    support_patience_hours: int = setting(
        "SUPPORT_PATIENCE_HOURS",
        "hours a customer's question may wait before you're notified, 1 to 720",
        es="horas que puede esperar la pregunta de un cliente antes de avisarte, de 1 a 720",
        topic="messages",
        restarts=(),
        default=24,
        ge=1,
        le=720,
    )
    saved_replies: str = setting(
        SETTING,
        "saved replies to customers' questions, one per line after its word: /gracias Gracias por escribirnos",
        es="respuestas guardadas para las preguntas de los clientes, una por línea detrás de su palabra: /gracias"
        " Gracias por escribirnos",
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
    """Setting with the id of the staff's support group, which only the bot reads."""

    support_chat: int | None = setting(
        "SUPPORT_CHAT",
        "the id of the group, -100…, that receives customers' messages and in which your team replies; by default,"
        " the owners' own chats",
        es="el id del grupo, -100…, que recibe los mensajes de los clientes y en el que tu equipo los contesta; si"
        " falta, los chats de los propietarios",
        default=None,
        lt=0,
    )


SETTINGS: Final = (("core", SupportSettings), ("bot", SupportGroupSettings))
