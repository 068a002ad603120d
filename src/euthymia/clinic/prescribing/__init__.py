"""Plan, prescription and signature: what is to be given, and who answers for it."""
