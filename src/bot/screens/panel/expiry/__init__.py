"""Panel screens of bulk expiry."""
