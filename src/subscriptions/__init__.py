"""Core of Umbral: subscriptions, their payments, and the access that they give."""
