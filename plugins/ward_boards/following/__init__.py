"""Following threads: who is told of an answer, and answering from the mail."""
