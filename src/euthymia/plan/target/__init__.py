"""Where to stimulate: published targets, scalp rules, and the search for a placement."""
