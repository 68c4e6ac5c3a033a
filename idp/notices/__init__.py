"""What people are told about their account, at every address they have, and the links that answer such a notice."""
