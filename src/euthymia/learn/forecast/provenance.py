"""What a model was fitted on, which every forecast says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from euthymia.core.references import Citation


class FittedOn(BaseModel):
    """The data behind a model: whose, how many, how far they reach, and the source.

    last_session: beyond it the model has seen nothing, and forecasts say so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    patients: int = Field(gt=0)
    last_session: int = Field(gt=0)
    source: Citation | None = None

    @property
    def sentence(self) -> str:
        return (
            f"Fitted on {self.patients} patients ({self.name}), up to session {self.last_session}."
        )
