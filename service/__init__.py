"""How others ask the model: archives on the command line, HTTP, a page for drafts."""
