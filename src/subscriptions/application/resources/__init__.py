"""Staff commands on resources: the chats and other content that plans include."""
