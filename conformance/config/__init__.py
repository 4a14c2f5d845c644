"""What a run is told: options, profile, and where their values come from."""
