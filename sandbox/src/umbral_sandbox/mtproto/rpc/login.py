"""Handlers of requests of the namespace `auth`, and of account.getPassword: login by phone, code and, if set, the
two-step password.
"""

from typing import Any

from telethon.tl import functions, types

from umbral_sandbox.mtproto import shapes
from umbral_sandbox.mtproto.calls import Handlers, RpcCall
from umbral_sandbox.mtproto.peers import Peers
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.mtproto.srp import no_password
from umbral_sandbox.world.telegram.records import Person


def send_code(call: RpcCall, request: Any) -> Any:
    """Send a login code, as to the account's other app. The control room of the sandbox's page shows the code."""
    if request.api_id <= 0 or not request.api_hash:
        raise RpcError(400, "API_ID_INVALID")
    code = call.world.telegram.accounts.send_code(request.phone_number)
    return types.auth.SentCode(
        type=types.auth.SentCodeTypeApp(length=len(code.code)), phone_code_hash=code.hash, timeout=None
    )


def resend_code(call: RpcCall, request: Any) -> Any:
    """Send a new code that replaces the last one."""
    code = call.world.telegram.accounts.send_code(request.phone_number)
    return types.auth.SentCode(type=types.auth.SentCodeTypeApp(length=len(code.code)), phone_code_hash=code.hash)


def sign_in(call: RpcCall, request: Any) -> Any:
    """Check the code; raise SESSION_PASSWORD_NEEDED if the account has a two-step password."""
    if not request.phone_code:
        raise RpcError(400, "PHONE_CODE_EMPTY")
    person = call.world.telegram.accounts.sign_in(request.phone_number, request.phone_code_hash, request.phone_code)
    if person.password is not None:
        call.key.password_pending = person.id
        raise RpcError(401, "SESSION_PASSWORD_NEEDED")
    return _signed_in(call, person)


def get_password(call: RpcCall, request: Any) -> Any:
    """Return the state of two-step verification with a challenge, even to a client that has passed only the code."""
    person = _person(call)
    if person.password is None:
        return no_password()
    return call.centre.passwords.challenge(person.id, person.password)


def check_password(call: RpcCall, request: Any) -> Any:
    """Check the password proof and sign in."""
    person = _person(call)
    if not isinstance(request.password, types.InputCheckPasswordSRP):
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    passed = call.centre.passwords.passed(person.id, request.password)
    if passed is None:
        raise RpcError(400, "SRP_ID_INVALID")
    if not passed:
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    return _signed_in(call, person)


def log_out(call: RpcCall, request: Any) -> Any:
    """Sign out the account of this key."""
    call.key.sign_in(None)
    return types.auth.LoggedOut()


def _person(call: RpcCall) -> Person:
    account_id = call.key.account_id or call.key.password_pending
    if account_id is None:
        raise RpcError(401, "AUTH_KEY_UNREGISTERED")
    return call.world.telegram.people.person(account_id)


def _signed_in(call: RpcCall, person: Person) -> Any:
    call.key.sign_in(person.id)
    return types.auth.Authorization(user=shapes.user(Peers(call.world, person.id), person))


HANDLERS: Handlers = {
    functions.auth.SendCodeRequest: send_code,
    functions.auth.ResendCodeRequest: resend_code,
    functions.auth.SignInRequest: sign_in,
    functions.auth.CheckPasswordRequest: check_password,
    functions.auth.LogOutRequest: log_out,
    functions.account.GetPasswordRequest: get_password,
}
