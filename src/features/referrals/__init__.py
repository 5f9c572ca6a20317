"""Feature: free days for referrers and referred customers."""
