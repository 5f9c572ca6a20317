"""One remote procedure call: who makes it, in which world, with what it may look up."""

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
    """What every call shares."""

    world: World
    passwords: PasswordChecks
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class RpcCall:
    """The caller's side of one request."""

    centre: DataCentreState
    key: ClientKey

    @property
    def world(self) -> World:
        """The world the call happens in."""
        return self.centre.world

    @property
    def account_id(self) -> int:
        """The account that calls; raises AUTH_KEY_UNREGISTERED when nobody is signed in."""
        account_id = self.key.account_id
        if account_id is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return account_id

    @property
    def peers(self) -> Peers:
        """The peers this account can name."""
        return Peers(self.world, self.account_id)


# Does one request and returns a TL object, a Bool, or a Vector as a list.
Handler = Callable[[RpcCall, Any], Any]
Handlers = Mapping[type[Any], Handler]
