"""The prior-authorisation letter, of which every sentence points to a chart entry."""
