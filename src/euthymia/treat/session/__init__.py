"""The session at the chair: its plan, the engine that runs it, its guards and its record."""
