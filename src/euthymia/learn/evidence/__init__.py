"""Published trials as cited data, and what they say when taken together."""
