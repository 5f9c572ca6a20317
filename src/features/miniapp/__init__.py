"""Feature: the Mini App, a page with what each customer has and with the buttons of the chat."""
