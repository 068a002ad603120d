"""Dose accounting: what was prescribed against what was given."""
