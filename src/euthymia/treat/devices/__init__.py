"""Stimulators: one small protocol, a simulator, and drivers that stay off by default."""
