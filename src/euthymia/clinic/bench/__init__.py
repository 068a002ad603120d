"""The planning bench: the coil moved over a head, and the field on the cortex that follows."""
