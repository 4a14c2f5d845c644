"""What the checks of a server stand on."""
