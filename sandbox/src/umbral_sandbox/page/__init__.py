"""Web page of the sandbox: a simulated phone on one side, and a control room for the simulated world on the other."""

from umbral_sandbox.page.routes import page_router

__all__ = ["page_router"]
