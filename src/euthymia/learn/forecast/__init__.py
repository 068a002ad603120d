"""Where a patient may go from here: forecasts beside base rates, never verdicts."""
