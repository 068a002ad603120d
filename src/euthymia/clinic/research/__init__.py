"""What all patients teach: the clinic's registry, the published evidence, and what-if."""
