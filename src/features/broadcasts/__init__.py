"""Broadcasts: messages from the operator to many customers, in private chats or in the channels of plans."""
