"""A finished run as people and machines read it."""
