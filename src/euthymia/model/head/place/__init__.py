"""Where things are on a head: landmarks, EEG positions, MNI space."""
