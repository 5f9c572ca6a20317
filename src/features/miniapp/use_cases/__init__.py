"""Use cases of the Mini App: sign-in, button presses, and the customer's own data."""
