"""Tissue label volumes, the default head, landmarks and the scalp."""
