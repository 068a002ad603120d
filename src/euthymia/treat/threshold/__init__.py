"""The motor threshold: how it is searched for, read from EMG, and when it is due again."""
