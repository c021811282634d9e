"""How the functions are deployed: to AWS, and to the local AWS runtime."""
