"""Control interface, through which tests and the page drive the world."""

from umbral_sandbox.control.app import control_app

__all__ = ["control_app"]
