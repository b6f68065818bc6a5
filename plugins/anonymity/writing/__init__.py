"""Where members write and read as a voice: the page, what is put on other pages for it, and its script files."""
