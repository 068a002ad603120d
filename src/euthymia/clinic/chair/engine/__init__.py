"""The session engine in the web process: its threads, and what passes between it and pages."""
