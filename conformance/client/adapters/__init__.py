"""How a client in any language is started and spoken to."""
