"""Entry steps that a new customer takes before getting the invite link of a shared channel."""
