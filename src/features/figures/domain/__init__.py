"""Monthly figures (revenue, retention, churn), and the standard measures derived from them, such as MRR and LTV."""
