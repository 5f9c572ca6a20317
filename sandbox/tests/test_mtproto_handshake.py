"""The pq challenge of the key exchange."""

from __future__ import annotations

from typing import Any

from telethon.crypto import Factorization
from telethon.tl import functions

from umbral_sandbox.mtproto.handshake import Handshake
from umbral_sandbox.mtproto.server_key import load_server_key


def test_telethon_can_factorise_every_pq() -> None:
    """Check that the simulator offers only numbers that Telethon can factorise. Telethon's rho algorithm fails by
    chance if one step finds both factors, and the connection is then cut.
    """
    handshake = Handshake(load_server_key(None, lasting=False), keep=lambda key: True)
    for nonce in range(3000):
        offer: Any = handshake.answer(functions.ReqPqMultiRequest(nonce))
        pq = int.from_bytes(offer.pq, "big")
        p, q = Factorization.factorize(pq)
        assert 1 < p < q < pq
