"""Posts in the chats of plans. A post is published once, sent to each chat, and edited and withdrawn there."""
