"""The faulty store by its old name."""

from database.faulty import FaultyStore

__all__ = ["FaultyStore"]
