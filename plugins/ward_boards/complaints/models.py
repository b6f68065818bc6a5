"""Tables of complaints."""
