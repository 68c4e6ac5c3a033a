"""How messages leave: by a mail server, an SMS gateway, or into files for developers. Values in, an outcome out."""
