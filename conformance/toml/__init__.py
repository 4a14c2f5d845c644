"""How a TOML file is read and refused, whatever it describes."""
