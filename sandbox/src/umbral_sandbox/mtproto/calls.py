"""Context of one remote procedure call: its caller, its world and its look-ups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from umbral_sandbox.mtproto.client_keys import ClientKey
from umbral_sandbox.mtproto.peers import Peers
from umbral_sandbox.mtproto.refusals import RpcError
from umbral_sandbox.mtproto.srp import PasswordChecks
from umbral_sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class DataCentreState:
    """State of the data center that all calls share."""

    world: World
    passwords: PasswordChecks
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class RpcCall:
    """Context of one request and its caller."""

    centre: DataCentreState
    key: ClientKey

    @property
    def world(self) -> World:
        """Return the world of the call."""
        return self.centre.world

    @property
    def account_id(self) -> int:
        """Return the id of the calling account. Raises AUTH_KEY_UNREGISTERED if no account is signed in."""
        account_id = self.key.account_id
        if account_id is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return account_id

    @property
    def peers(self) -> Peers:
        """Return the peers that the calling account can name."""
        return Peers(self.world, self.account_id)


# Function that performs one request and returns a TL object, a Bool, or a Vector as a list.
Handler = Callable[[RpcCall, Any], Any]
Handlers = Mapping[type[Any], Handler]
