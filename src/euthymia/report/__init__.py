"""The treatment plan as a document: figures (SVG), PDF and HTML."""
