"""Reminders by e-mail: who is written to, when, never twice, and what did not go out."""
