"""Which tissue is where: from a T1 to labels."""
