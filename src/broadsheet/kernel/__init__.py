"""Plain Python that knows no Django: refusals, ids, text."""
