"""PALM deploys, watches, scales and drains fleets of agents; UAL is the language it is driven in."""

__version__ = "0.1.0"
