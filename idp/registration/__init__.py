"""Opening an account without a visit: a proven address or number, a password, assurance level 1."""
