"""What came of a treatment: trajectory, response, advice, durability."""
