"""Developer commands, which the Makefile runs."""
