"""Feature: access to the shop's API for language models, by the Model Context Protocol."""
