"""How the functions are deployed: to AWS, and to the local AWS runtime."""

from infra.node import use_packaged_node

use_packaged_node()
