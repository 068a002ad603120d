"""The clinic: the web application for psychiatrist, operator, coordinator, patient, researcher."""
