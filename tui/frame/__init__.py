"""What every screen is made of: live data, sections with details, forms and fixes."""
