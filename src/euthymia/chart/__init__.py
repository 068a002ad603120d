"""The patient's record: typed entries in an append-only ledger, replayed into a Chart."""
