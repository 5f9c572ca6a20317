"""Entry ritual: steps that a new customer takes before the invite link of a shared channel."""
