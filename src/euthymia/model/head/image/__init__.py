"""Images of heads: read, checked, brought to one grid."""
