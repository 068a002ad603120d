"""Masks and distances on a regular grid."""
