"""What all patients teach: published evidence, the registry, forecasts, virtual trials."""
