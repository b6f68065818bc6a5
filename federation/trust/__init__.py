"""What is trusted of a neighbour: policies, floors, categories, and what waits to be looked at."""
