"""Commands for those who work on the code; the Makefile calls them."""
