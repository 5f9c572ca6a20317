"""Developer commands; the Makefile calls them."""
