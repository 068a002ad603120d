"""Running an installation: serve, work, back up, restore, verify, rebuild, export."""
