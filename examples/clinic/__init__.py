"""Clinic appointments, a demo relying party: asks for little, and asks on every page if the sign-in holds."""
