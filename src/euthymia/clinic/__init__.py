"""The clinic: the web application."""
