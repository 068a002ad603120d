"""Heads and their parts in files: the head folder, label volumes of others, GIfTI, STL."""
