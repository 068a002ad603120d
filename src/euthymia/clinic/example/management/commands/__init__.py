"""Commands of the synthetic clinic."""
