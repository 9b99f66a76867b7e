"""How often the product's own chain of models errs, on public sets of faces."""
