"""The ports in memory: for scenarios, simulations and tests. Semantics are those of AWS, held by tests/store."""

from usance.store.memory.control import MemoryControlPlane
from usance.store.memory.edges import MemoryObjects, MemoryQueues, MemorySecrets, MemoryWorkflows
from usance.store.memory.tables import MemoryTables

__all__ = [
    "MemoryControlPlane",
    "MemoryObjects",
    "MemoryQueues",
    "MemorySecrets",
    "MemoryTables",
    "MemoryWorkflows",
]
