"""Entities and rules; imports nothing but itself."""
