"""Simulator of a Telegram data centre: MTProto over TCP, on the TL layer of the pinned Telethon."""

from umbral_sandbox.mtproto.server import MtprotoServer, serve_mtproto
from umbral_sandbox.mtproto.session_string import make_session_string

__all__ = ["MtprotoServer", "make_session_string", "serve_mtproto"]
