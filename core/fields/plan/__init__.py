"""Pure part of the field mapping: schemas as flat fields and back, sources, defaults, conversions and checks."""
