"""The patient's own pages: plain words about the treatment, questionnaires, progress, calendar."""
