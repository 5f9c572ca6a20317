"""What only a person can mend: raised, shown, and closed once its cause is gone."""
