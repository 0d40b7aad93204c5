"""Declarative service load balancing on Open vSwitch."""

__version__ = "0.1.0"
