"""The patient's head and the electric field in it."""
