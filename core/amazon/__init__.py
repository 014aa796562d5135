"""The SP-API client: transport, tokens, one module per API."""
