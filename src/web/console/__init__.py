"""The operator's console: lists, stories and what staff does, server-rendered, for who came by a link from the chat."""
