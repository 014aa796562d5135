"""The CS-Cart and Multi-Vendor REST client: transport, probe, one module per entity."""
