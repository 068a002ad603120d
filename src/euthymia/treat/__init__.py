"""Giving the treatment: motor threshold, the session at the chair, stimulators, navigation."""
