"""Feature: gifts, plans that one customer buys and passes on to another by a link."""
