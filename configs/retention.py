"""The ``retention:`` block of a batch: how long its nights are kept."""

from pydantic import Field

from configs.fields import Part, Whole


class RetentionPart(Part):
    """The ``retention:`` block: which nights of a batch housekeeping may put away; empty: none.

    A night is kept while one of the two keeps it. What its designs look like is kept as long as any manifest,
    plan, shortlist or request names them.
    """

    days: Whole | None = Field(None, ge=1, description="Keep a night for so many days after its last run.")
    nights: Whole | None = Field(None, ge=1, description="Keep the last so many nights, however old.")

    @property
    def keeps_all(self) -> bool:
        """Whether no night is ever put away."""
        return self.days is None and self.nights is None
