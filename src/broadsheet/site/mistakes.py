"""What goes wrong because of what an operator wrote or where they stand, and is answered with a hint."""


class Mistake(Exception):
    """Something the operator can put right: the message says what is wrong and what to do; no traceback is shown."""
