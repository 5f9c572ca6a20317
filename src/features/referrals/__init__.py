"""Feature: free days for referrers and for the customers whom they refer."""
