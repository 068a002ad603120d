"""A head model built from an image: its stages, each kept by what it was made from."""
