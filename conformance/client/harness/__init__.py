"""What the checks of a client stand on."""
