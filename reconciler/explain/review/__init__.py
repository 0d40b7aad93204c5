"""What a change of the intents does to the path to each service: two sets of intents in, a value out. Pure.

Nothing is read of a node, so what only a node knows (which pods are on its bridge, its addresses) is taken from the
intents: the pod networks say which pods are whose, and in which families a node is served.
"""

from reconciler.explain.review.compare import review
from reconciler.explain.review.values import Review

__all__ = ["Review", "review"]
