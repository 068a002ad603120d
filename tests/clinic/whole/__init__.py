"""The clinic as a whole: every page, every role, and a newcomer's first week."""
