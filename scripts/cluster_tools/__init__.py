"""NATS and PostgreSQL on one machine, for nodes on several."""


class Trouble(Exception):
    """What went wrong, in a sentence for the user."""
