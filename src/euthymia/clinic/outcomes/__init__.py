"""What came of it: the course, adverse events, the time after, the worklist."""
