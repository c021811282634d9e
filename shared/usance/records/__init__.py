"""How facts are kept: their keys, bodies and conditions, one file for each kind of fact, over the ports.

Every partition key begins with the organisation id, or with `~` for what belongs to the installation. Functions here
build keys and changes and read items; they decide nothing.
"""
