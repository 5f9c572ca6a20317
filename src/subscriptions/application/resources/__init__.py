"""What staff does to chats and other things that plans open."""
