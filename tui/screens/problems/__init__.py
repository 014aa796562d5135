"""Problems: what needs a person, with its fix."""
