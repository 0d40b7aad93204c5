"""A pod balanced to itself: it sees the virtual IP as its client, or it would answer itself directly."""

from collections.abc import Iterator

from reconciler import pipeline as p
from reconciler.facts import Pod, View
from reconciler.features.delivery import to_pod
from reconciler.resources import Flow, Resource, family_of


def resources(view: View) -> Iterator[Resource]:
    """Two flows a pod: its request to itself gets the virtual IP as source, and goes out where it came in."""
    for pod in view.facts.pods.values():
        virtual = view.virtual_ip(family_of(pod.ip))
        if virtual:
            yield from _flows(view, pod, virtual)


def _flows(view: View, pod: Pod, virtual: str) -> Iterator[Flow]:
    family, origin = family_of(pod.ip), view.node.origin
    itself = f"ct_state=-rpl+trk,{p.IP[family]},{p.SRC[family]}={pod.ip},{p.DST[family]}={pod.ip}"
    yield Flow(p.DELIVERY, p.TO_ITSELF, itself, p.commit_return(virtual), origin)
    back = f"{p.IP[family]},in_port={pod.port},{p.DST[family]}={pod.ip}"
    yield Flow(p.RETURN, p.BACK_OUT, back, f"{to_pod(view, pod)},IN_PORT", origin)
