"""One file a figure; each is a pure function from values to SVG text."""
