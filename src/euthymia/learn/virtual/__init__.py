"""Invented patients from the same models, to try a change on before trying it on people."""
