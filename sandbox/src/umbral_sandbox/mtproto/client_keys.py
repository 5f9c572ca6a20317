"""Auth keys of clients, with the signed-in account and the known properties of each client."""

from dataclasses import dataclass

from umbral_sandbox.mtproto.cipher import auth_key_id
from umbral_sandbox.world.telegram.accounts import Accounts


@dataclass(slots=True)
class ClientKey:
    """Auth key of a client. Properties of the connection are kept in this object only, because a client sends them
    again whenever it connects; everything else is stored in `accounts`.
    """

    key_id: int
    secret: bytes
    accounts: Accounts
    layer: int | None = None
    """The client's TL layer, once it has sent initConnection."""
    password_pending: int | None = None
    """Account whose code was correct and whose two-step password is still missing."""

    @property
    def account_id(self) -> int | None:
        """Return the account signed in with this key; None if there is none."""
        record = self.accounts.key(self.key_id)
        return record.user_id if record is not None else None

    @property
    def revoked(self) -> bool:
        """Return True if the key was revoked because two clients used the key at the same time."""
        record = self.accounts.key(self.key_id)
        return record is not None and record.revoked

    def sign_in(self, account_id: int | None) -> None:
        """Bind the key to an account, or unbind it with None."""
        self.password_pending = None
        self.accounts.bind_key(self.key_id, account_id)


class ClientKeys:
    """Registry of the clients' auth keys, by the key id that encrypted packets contain."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._known: dict[int, ClientKey] = {}

    def add(self, secret: bytes) -> ClientKey:
        """Store a newly agreed key."""
        key_id = auth_key_id(secret)
        self._accounts.save_key(key_id, secret)
        self._known[key_id] = ClientKey(key_id, secret, self._accounts)
        return self._known[key_id]

    def get(self, key_id: int) -> ClientKey | None:
        """Return the key with this id, or None, to which the transport responds with -404."""
        record = self._accounts.key(key_id)
        if record is None:
            return None
        known = self._known.get(key_id)
        if known is None:
            known = self._known[key_id] = ClientKey(key_id, bytes.fromhex(record.key), self._accounts)
        return known
