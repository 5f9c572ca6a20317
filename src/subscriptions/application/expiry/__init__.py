"""Expiry: find subscriptions whose time is over, end them, and ask an owner to approve bulk removals."""
