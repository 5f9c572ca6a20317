"""Parameters of the Bot API methods that receive updates."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Boolean, FromJson, Integer, Parameters, Text, Upload

UpdateType = Literal[
    "business_connection",
    "business_message",
    "callback_query",
    "channel_post",
    "chat_boost",
    "chat_join_request",
    "chat_member",
    "chosen_inline_result",
    "deleted_business_messages",
    "edited_business_message",
    "edited_channel_post",
    "edited_message",
    "guest_message",
    "inline_query",
    "managed_bot",
    "message",
    "message_reaction",
    "message_reaction_count",
    "my_chat_member",
    "poll",
    "poll_answer",
    "pre_checkout_query",
    "purchased_paid_media",
    "removed_chat_boost",
    "shipping_query",
    "stopped_message_generation",
    "subscription",
]
AllowedUpdates = Annotated[list[UpdateType], FromJson]


class GetUpdates(Parameters):
    """Parameters of getUpdates; values outside the limits are clamped, as by the real service."""

    offset: Integer = 0
    limit: Integer = 100
    timeout: Annotated[Integer, Field(ge=0)] = 0
    allowed_updates: AllowedUpdates | None = None


class SetWebhook(Parameters):
    """Parameters of setWebhook; an empty address removes the webhook."""

    url: Text
    certificate: Upload | None = None
    ip_address: Text | None = None
    max_connections: Annotated[Integer, Field(ge=1, le=100)] = 40
    allowed_updates: AllowedUpdates | None = None
    drop_pending_updates: Boolean = False
    secret_token: Annotated[Text, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")] | None = None


class DeleteWebhook(Parameters):
    """Parameters of deleteWebhook."""

    drop_pending_updates: Boolean = False


class Nothing(Parameters):
    """Parameters of a method that accepts none."""
