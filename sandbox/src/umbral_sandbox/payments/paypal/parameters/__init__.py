"""What each call may be sent."""
