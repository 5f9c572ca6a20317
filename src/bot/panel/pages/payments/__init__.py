"""Panel pages of payments that await confirmation, and of the quarterly tax report."""
