"""The parts of a treatment plan as document sections: each a pure function from domain values."""
