"""What all rooms share: poses and frames, findings, references, quantities, progress, errors."""
