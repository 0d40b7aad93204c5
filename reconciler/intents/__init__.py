"""The intents: the one room where YAML exists. What leaves it is checked, frozen and knows its file and line."""

from reconciler.intents.load import load
from reconciler.intents.models import (
    Declared,
    Endpoint,
    Gateway,
    Intents,
    Node,
    Remote,
    Service,
    ServicePort,
    Windows,
)

__all__ = ["Declared", "Endpoint", "Gateway", "Intents", "Node", "Remote", "Service", "ServicePort", "Windows", "load"]
