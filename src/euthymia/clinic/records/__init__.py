"""The patients' records: the ledger in the database, identities apart from it, projections."""
