"""The synthetic clinic: invented patients with whole charts, to try things out and to load."""
