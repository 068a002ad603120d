"""How a patient comes in: referral, registration, treatment history, consents, corrections."""
