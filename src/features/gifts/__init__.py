"""Feature: gifts, that is, plans that one customer buys and passes on to another by a link."""
