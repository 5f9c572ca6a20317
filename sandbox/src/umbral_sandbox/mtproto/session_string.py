"""Creation of Telethon session strings that are signed in before the client's first connection."""

import secrets

from telethon.crypto import AuthKey
from telethon.sessions import StringSession

from umbral_sandbox.mtproto.cipher import AUTH_KEY_BYTES
from umbral_sandbox.mtproto.client_keys import ClientKeys
from umbral_sandbox.mtproto.rpc.service import DC_ID
from umbral_sandbox.world.world import World


def make_session_string(world: World, account_id: int, host: str, port: int) -> str:
    """Return a Telethon StringSession for this account at this data centre; ``host`` is an IP address.

    Each call creates a new session of the account, valid until the session is logged out or used twice at the same
    time.
    """
    secret = b"\x01" + secrets.token_bytes(AUTH_KEY_BYTES - 1)
    ClientKeys(world.telegram.accounts).add(secret).sign_in(account_id)
    world.commit()
    session = StringSession()
    session.set_dc(DC_ID, host, port)
    session.auth_key = AuthKey(secret)
    return str(session.save())
