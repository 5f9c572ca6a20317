"""Expiry: finding subscriptions whose time is over, ending them, and asking an owner to approve bulk removals."""
