"""Administration: sites, users, equipment, the audit log, backups, erasing an identity."""
