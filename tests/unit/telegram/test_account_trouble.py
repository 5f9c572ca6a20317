"""Telegram errors about a userbot account: the account's resulting status, the owner alert, and the
text for the owner.
"""

from __future__ import annotations

import struct

import pytest
from telethon import errors

from bot.texts import LANGUAGES, texts_for
from subscriptions.domain.entities.userbot_account import AccountTrouble
from subscriptions.domain.errors import Ambiguous, Permanent
from subscriptions.domain.ports.channel_provisioner import AccountUnavailable, NotYetAllowed, PeerGone
from subscriptions.infrastructure.telegram.errors import telegram_errors
from tests.support.refusals import refusal


@pytest.mark.parametrize(
    ("error", "status", "trouble"),
    [
        (errors.ChannelsTooMuchError, "full", AccountTrouble.FULL),
        (errors.UserRestrictedError, "restricted", AccountTrouble.RESTRICTED),
        (errors.PeerFloodError, "restricted", AccountTrouble.PEER_FLOOD),
        (errors.FrozenMethodInvalidError, "restricted", AccountTrouble.FROZEN),
        (errors.FrozenParticipantMissingError, "restricted", AccountTrouble.FROZEN),
        (errors.AuthKeyUnregisteredError, "dead", AccountTrouble.LOGGED_OUT),
        (errors.SessionRevokedError, "dead", AccountTrouble.LOGGED_OUT),
        (errors.AuthKeyDuplicatedError, "dead", AccountTrouble.SESSION_DOUBLED),
        (errors.UserDeactivatedBanError, "dead", AccountTrouble.BANNED),
        (errors.PhoneNumberBannedError, "dead", AccountTrouble.BANNED),
    ],
)
def test_account_error_is_mapped_to_a_status_and_an_alert(
    error: type[Exception], status: str, trouble: AccountTrouble
) -> None:
    with pytest.raises(AccountUnavailable) as lost, telegram_errors("CreateChannel"):
        raise error(request=None)

    assert (lost.value.status, lost.value.trouble) == (status, trouble)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trouble", AccountTrouble)
def test_every_account_error_has_instructions(language: str, trouble: AccountTrouble) -> None:
    assert len(texts_for(language)(f"alarms.{trouble}")) > 80


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (errors.ChatAdminRequiredError(request=None), "400 CHAT_ADMIN_REQUIRED"),
        (errors.MessageIdInvalidError(request=None), "400 MESSAGE_ID_INVALID"),
        (errors.BadRequestError(None, "SOMETHING_NEW", 400), "400 SOMETHING_NEW"),
    ],
)
def test_refusal_contains_the_error_name_of_telegram(error: errors.RPCError, name: str) -> None:
    with pytest.raises(Permanent, match=name), telegram_errors("EditAdmin"):
        raise error


@pytest.mark.parametrize("error", [BufferError("Not enough bytes"), struct.error("unpack requires 4 bytes")])
def test_damaged_response_has_an_uncertain_outcome(error: Exception) -> None:
    with pytest.raises(Ambiguous), telegram_errors("CreateChannel"):
        raise error


def test_account_with_a_fresh_login_cannot_change_admins_yet() -> None:
    with pytest.raises(NotYetAllowed), telegram_errors("EditAdmin"):
        raise errors.FreshChangeAdminsForbiddenError(request=None)


@pytest.mark.parametrize("name", ["USER_ID_INVALID", "PEER_ID_INVALID"])
def test_invalid_user_error_means_missing_person_in_join_request_calls_and_missing_channel_otherwise(name: str) -> None:
    assert isinstance(refusal("HideChatJoinRequest", name), Permanent)
    assert isinstance(refusal("EditAdmin", name), PeerGone)
    assert isinstance(refusal("HideChatJoinRequest", "CHANNEL_INVALID"), PeerGone)
