"""What `init adapter` writes, in every language; `tox -e adapters` has what they need."""
