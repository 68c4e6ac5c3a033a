"""What people do with their own record: contacts, corrections, history, concerns, a copy of everything, closing."""
