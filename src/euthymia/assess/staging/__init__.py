"""How resistant the depression is, by every published staging instrument and definition."""
