"""The private node: the cluster of a folder of intents, in namespaces of this machine, each node with a real OVS."""

from reconciler.sandbox.dialling import probe
from reconciler.sandbox.entry import execute, run_in
from reconciler.sandbox.lifecycle import down, up
from reconciler.sandbox.probes import Probe, all_ok, render_json, render_text

__all__ = ["Probe", "all_ok", "down", "execute", "probe", "render_json", "render_text", "run_in", "up"]
