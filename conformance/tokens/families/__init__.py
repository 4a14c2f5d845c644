"""The attacks themselves, one family a file. Importing a family registers its attacks."""
