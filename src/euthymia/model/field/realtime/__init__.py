"""The field of any coil anywhere outside a prepared head, without a new solve."""
