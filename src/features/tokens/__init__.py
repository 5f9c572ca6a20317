"""Activation codes that staff creates for a plan: «Generar Token con Plan»."""
