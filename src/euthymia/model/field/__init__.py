"""The induced electric field: grid, solver, recovery, reciprocity, and the analytic sphere."""
