"""Euthymia: an open system for TMS therapy of medication-resistant depression."""
