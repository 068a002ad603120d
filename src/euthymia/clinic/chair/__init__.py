"""At the chair: the motor threshold, and sessions run from the page by the session engine."""
