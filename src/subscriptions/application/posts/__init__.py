"""Posts in the chats of plans: published once, sent to each chat, edited and withdrawn there."""
