"""From what kubectl prints to a folder of intents: read, convert, check, and only then write."""

from reconciler.kubernetes.importing import Imported, import_into
from reconciler.kubernetes.nodes import Bridging

__all__ = ["Bridging", "Imported", "import_into"]
