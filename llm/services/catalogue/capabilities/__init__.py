"""Seven things that a model is asked before it is added: five requests answer them."""
