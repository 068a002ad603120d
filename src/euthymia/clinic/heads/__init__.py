"""A patient's head: by tape, or built from an MRI in the background, with its quality report."""
