"""How a model comes to be: canonical posts in, a model folder with its report out."""
