"""Stimulation coils: windings, dipoles, casings, files."""
