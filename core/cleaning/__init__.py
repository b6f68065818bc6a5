"""Files of strangers become clean pictures: a child process decodes them, the server only takes pictures back."""
