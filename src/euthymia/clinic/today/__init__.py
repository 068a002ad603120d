"""Today's list: who comes when, what must be seen to first, and what is left from before."""
