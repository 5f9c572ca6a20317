"""Activation codes that staff makes for a plan: «Generar Token con Plan»."""
