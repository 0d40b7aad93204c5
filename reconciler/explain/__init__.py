"""Why a packet to a service arrives, or does not: every step, with the live evidence for it. Pure.

The desired state says what should happen and who asked for it; what was read of the node says what does.
"""
