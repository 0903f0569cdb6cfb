"""NATS and PostgreSQL on one machine, for nodes on several."""


class Trouble(Exception):  # noqa: N818
    """What went wrong, in a sentence for the user."""
