"""How another tool fares on servers that this suite is proved with, each told the same. `tox -e peers`."""
