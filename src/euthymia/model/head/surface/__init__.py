"""Triangle surfaces of a head: scalp and cortex, and paths along them."""
