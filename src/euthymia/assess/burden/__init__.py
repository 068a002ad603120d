"""What illness and treatment have cost so far, beside what TMS brings and does not bring."""
