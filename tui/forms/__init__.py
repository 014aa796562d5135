"""Forms: fields as data, one factory for their controls, one modal that saves by a use case of core."""
