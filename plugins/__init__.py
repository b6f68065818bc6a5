"""First-party plugins. None of them imports another; core names none of them."""
