"""Navigation: where the coil is, how far from its plan, and what that does at the target."""
