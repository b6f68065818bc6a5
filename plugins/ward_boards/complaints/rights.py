"""The name of the permission to handle complaints."""

HANDLE = "ward_boards.handle_complaints"
