"""Field mapping: what each attribute of a listing is filled with, and where each attribute goes in the store."""
