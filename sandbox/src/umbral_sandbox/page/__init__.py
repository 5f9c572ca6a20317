"""Page of the sandbox: a phone on one side, a control room on the other."""

from umbral_sandbox.page.routes import page_router

__all__ = ["page_router"]
