"""Who needs TMS, and who may have it: medication history, staging, safety."""
