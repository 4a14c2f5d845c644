"""What a user does once before the first run: write a profile or an adapter, and see that it is right."""
