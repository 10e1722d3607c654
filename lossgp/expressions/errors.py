"""What can be wrong with a formula."""


class FormulaError(ValueError):
    """A formula cannot be read, or is no loss; the message says where and what is allowed."""
