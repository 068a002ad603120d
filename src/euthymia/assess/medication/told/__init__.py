"""Reading a treatment history as it is typed: one line a trial, in anybody's words."""
