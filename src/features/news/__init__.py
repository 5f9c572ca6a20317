"""Activity feed: notifications about the business for owners and their groups."""
