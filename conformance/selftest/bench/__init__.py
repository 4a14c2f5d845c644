"""How fast the suite is, measured in one run against a bare client and against Schemathesis. `tox -e bench`."""
