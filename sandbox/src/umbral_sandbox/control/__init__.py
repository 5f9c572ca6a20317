"""HTTP control interface, by which tests and the sandbox's page control the simulated world."""

from umbral_sandbox.control.app import control_app

__all__ = ["control_app"]
