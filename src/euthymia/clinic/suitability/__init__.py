"""Whether TMS suits a patient: scales, the safety screen, resistance, payers and the letter."""
