"""The entities: state, the transitions it allows, and the events they record."""
