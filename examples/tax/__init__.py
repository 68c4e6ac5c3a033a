"""Tax filing, a demo relying party: asks for the essential name and birth date, keeps offline access."""
