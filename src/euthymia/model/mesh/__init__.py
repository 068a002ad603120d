"""Tetrahedral meshes of a head: making them, their quality, and the files they come in."""
