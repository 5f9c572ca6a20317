"""Feature: the Mini App, a page with the customer's own data and the buttons of the chat."""
