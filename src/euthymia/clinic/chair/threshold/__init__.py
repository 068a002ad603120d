"""The search for a motor threshold, its page and its picture."""
