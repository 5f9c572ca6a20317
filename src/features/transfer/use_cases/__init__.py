"""Use cases of account transfers: naming a second account, requesting a transfer, and carrying it out."""
