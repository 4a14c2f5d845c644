"""The distribution as it is published: built, read, and installed on its own; takes minutes and the package index."""
