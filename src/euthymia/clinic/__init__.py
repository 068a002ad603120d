"""The clinic: one web application for everyone who takes part in a treatment."""
