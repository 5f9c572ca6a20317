"""Money that came or went back: what an event of a provider does to a purchase."""
