"""What a clinic's own charts show together: results, compared fairly, with what is missing."""
