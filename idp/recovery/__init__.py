"""The ladder back to an account: forgotten name, another factor, printed code, mail and SMS with a wait, a visit."""
