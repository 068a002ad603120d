"""What to give: protocol, target, dose, course, and the treatment plan that joins them."""
