"""What was taken against the depression, and whether each trial of it was an adequate failure."""
