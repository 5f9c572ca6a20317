"""Use cases for partners: referrals, commissions and statements."""
