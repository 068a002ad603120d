"""The calendar: whose session is when, on which chair, and what becomes of missed ones."""
