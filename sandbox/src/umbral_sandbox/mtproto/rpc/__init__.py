"""Handlers of the data center's requests, one module per area."""

from typing import Any, Final

from telethon.tl import functions

from umbral_sandbox.mtproto.calls import Handlers
from umbral_sandbox.mtproto.rpc import (
    channels,
    dialogs,
    differences,
    invites,
    login,
    members,
    messages,
    requests,
    service,
    users,
)

HANDLERS: Final[Handlers] = {
    **service.HANDLERS,
    **login.HANDLERS,
    **users.HANDLERS,
    **channels.HANDLERS,
    **members.HANDLERS,
    **invites.HANDLERS,
    **requests.HANDLERS,
    **dialogs.HANDLERS,
    **messages.HANDLERS,
    **differences.HANDLERS,
}

# Requests that a client may send before an account is signed in with its key.
BEFORE_LOGIN: Final[frozenset[type[Any]]] = frozenset(
    {
        functions.help.GetConfigRequest,
        functions.help.GetAppConfigRequest,
        functions.help.GetNearestDcRequest,
        functions.auth.SendCodeRequest,
        functions.auth.ResendCodeRequest,
        functions.auth.SignInRequest,
        functions.auth.CheckPasswordRequest,
        functions.account.GetPasswordRequest,
    }
)
