"""The invented patients of `examples/`, one file each."""
