"""Late interest on tax and payments paid after the due day."""
