"""Where to stimulate: published targets, scalp rules, and the placement that serves a target best."""
