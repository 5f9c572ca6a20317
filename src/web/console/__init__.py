"""The operator's console: server-rendered lists, histories and staff commands, opened by a link from the chat."""
