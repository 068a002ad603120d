"""How long a benefit lasts: curves from follow-up, and what is published about them."""
