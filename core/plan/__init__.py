"""Plans: mirrors, mappings and settings → what to do. Pure functions, no input or output."""
