"""What an API says of itself in OpenAPI 3.0 or 3.1, read as the operations that can be asked."""
