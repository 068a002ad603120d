"""Long work in the background: queued in the database, done by workers, watched on a page."""
