"""Access tokens: issued for the client's id and secret, valid for some hours of the world's clock."""

import base64
from typing import Final
from urllib.parse import parse_qsl

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.errors import OAuthError, PayPalError
from umbral_sandbox.payments.paypal.records import JsonObject, Token

LIVES_S: Final = 9 * 60 * 60
SCOPE: Final = (
    "https://uri.paypal.com/services/invoicing https://uri.paypal.com/services/applications/webhooks "
    "https://uri.paypal.com/services/subscriptions https://uri.paypal.com/services/disputes/read-seller openid"
)
_FORM: Final = "application/x-www-form-urlencoded"


def client_of(account: Account, authorization: str) -> str:
    """Return the client of a basic authentication. Raises OAuthError unless the client is the account's."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        client, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        client, colon, secret = "", "", ""
    settings = account.settings
    known = settings.client_id is None or (client, secret) == (settings.client_id, settings.client_secret)
    if scheme.lower() != "basic" or not (client and colon and secret and known):
        raise OAuthError(401, "invalid_client", "Client Authentication failed")
    return client


def check_form(content_type: str, body: str) -> None:
    """Raise OAuthError if a form does not request client credentials."""
    if content_type.split(";", maxsplit=1)[0].strip().lower() != _FORM:
        raise PayPalError("UNSUPPORTED_MEDIA_TYPE")
    pairs = dict(parse_qsl(body, keep_blank_values=True))
    if "grant_type" not in pairs:
        raise OAuthError(400, "unsupported_grant_type", "Grant Type is NULL")
    if pairs["grant_type"] != "client_credentials":
        raise OAuthError(400, "unsupported_grant_type", "unsupported grant_type")
    if unknown := set(pairs) - {"grant_type", "response_type", "scope", "ignoreCache"}:
        raise OAuthError(400, "invalid_request", f"Unknown parameter {min(unknown)}")


def give(account: Account) -> JsonObject:
    """Issue an access token. A token that is still valid is issued again, with its remaining time."""
    now = account.now()
    token = max(account.tokens.values(), key=lambda each: each.expires, default=None)
    # A token that ends soon is replaced.
    if token is None or token.expires - now < LIVES_S // 2:
        for old in [each for each in account.tokens.values() if each.expires <= now]:
            account.tokens.delete(old.token)
        token = Token(token=account.ids.token(), expires=now + LIVES_S)
        account.tokens.put(token.token, token)
    return {
        "scope": SCOPE,
        "access_token": token.token,
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": token.expires - now,
        "nonce": f"{account.ids.new('debug')}",
    }


def check(account: Account, authorization: str) -> str:
    """Return the caller of an authorization header, without the secret. Raises an error for an unknown or expired
    token.
    """
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise PayPalError("AUTHENTICATION_FAILURE")
    token = account.tokens.get(text)
    if token is None:
        raise OAuthError(401, "invalid_token", "Token signature verification failed")
    if token.expires <= account.now():
        raise OAuthError(401, "invalid_token", "The token has expired")
    return f"{text[:6]}…{text[-4:]}"


def revoke_all(account: Account) -> None:
    """Revoke all tokens issued so far."""
    for token in list(account.tokens.values()):
        account.tokens.delete(token.token)
