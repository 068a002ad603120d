"""How the clinic is set up: where its data lie, who may reach it, and how it is wired."""
