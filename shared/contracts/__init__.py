"""The published language: command bodies, answers and events, one package per context."""
